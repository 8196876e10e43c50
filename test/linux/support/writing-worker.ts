import { workerData } from 'node:worker_threads';
import { libc } from '../../../src/linux/sys/libc.js';
import { PAGE } from './memory.js';

export interface WritingTask {
  readonly fd: number;
  readonly address: number;
  /** Its thread id, then what write(2) has returned, plus 1. */
  readonly state: Int32Array;
}

const SYS_GETTID = process.arch === 'arm64' ? 178 : 186;

/** Writes a page of memory to a descriptor: where the page is out, it sleeps in the kernel, with what write(2) holds. */
const { fd, address, state } = workerData as WritingTask;
const c = libc();
Atomics.store(state, 0, c.syscall(SYS_GETTID, 0, 0, 0, 0, 0, 0));
Atomics.store(state, 1, c.write(fd, address, PAGE) + 1);
Atomics.notify(state, 1);
