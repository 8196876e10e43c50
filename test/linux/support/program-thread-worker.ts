import { parentPort, workerData } from 'node:worker_threads';
import { libc } from '../../../src/linux/sys/libc.js';
import { PAGE } from './memory.js';
import { ASKED, DONE, type ProgramThreadTask, STATE, TID, WRITES } from './program-thread.js';

const SYS_GETTID = process.arch === 'arm64' ? 178 : 186;

/** Makes the accesses that it is asked for, and sleeps in between and, where a page is out, meanwhile. */
const { control, address, content } = workerData as ProgramThreadTask;
const c = libc();
const here = c.addressOf(content);
control[TID] = c.syscall(SYS_GETTID, 0, 0, 0, 0, 0, 0);
parentPort!.postMessage('ready');
for (;;) {
  for (let state = Atomics.load(control, STATE); state !== ASKED; state = Atomics.load(control, STATE)) {
    Atomics.wait(control, STATE, state);
  }
  if (control[WRITES] === 1) c.memcpy(address[0]!, here, PAGE);
  else c.memcpy(here, address[0]!, PAGE);
  Atomics.store(control, STATE, DONE);
  Atomics.notify(control, STATE);
}
