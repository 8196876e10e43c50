import '../watchdog.js';
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { libc } from '../../../../src/linux/sys/libc.js';
import { Pagemap } from '../../../../src/linux/sys/pagemap.js';
import { EventReader } from '../../../../src/linux/userfaultfd/event-reader.js';
import { Userfaultfd } from '../../../../src/linux/userfaultfd/userfaultfd.js';
import { HUGE, memory, PAGE } from '../../../linux/support/memory.js';
import type { TouchingTask } from '../../../linux/support/touching-worker.js';
import type { SleepersTask } from './all-asleep-worker.js';

/**
 * Three threads and then the main thread touch missing pages and sleep, with nobody to read their messages but the
 * event reader. Another thread moves page tables meanwhile, and lets them all go on afterwards.
 */
const uffd = Userfaultfd.open(new Pagemap(), { events: true });
const [from, to, missing] = [memory(HUGE, true), memory(HUGE, false), memory(HUGE, false)];
for (const { address } of [from, missing]) {
  if (uffd.register(address, HUGE) !== 0) throw new Error('it cannot be registered');
}
const reader = EventReader.start(uffd.descriptor);
if (reader === undefined) throw new Error('there is no event reader');
const workerData: SleepersTask = {
  userfaultfd: uffd.descriptor,
  block: reader.block,
  from: from.address,
  to: to.address,
  sleepers: 4,
};
const mover = new Worker(new URL('./all-asleep-worker.js', import.meta.url), { workerData });
const sleepers = [1, 2, 3].map((page) => {
  const task: TouchingTask = {
    address: missing.address + page * PAGE,
    state: new Int32Array(new SharedArrayBuffer(4)),
    found: new Uint8Array(new SharedArrayBuffer(1)),
  };
  const url = new URL('../../../linux/support/touching-worker.js', import.meta.url);
  return { task, worker: new Worker(url, { workerData: task }) };
});
mover.once('message', () => {
  const here = new Uint8Array(new SharedArrayBuffer(1)).fill(9);
  libc().memcpy(libc().addressOf(here), missing.address, 1);
  if (here[0] !== 0) throw new Error('no zeros');
  writeSync(1, 'the main thread is awake\n');
  if (sleepers.some(({ task }) => Atomics.load(task.state, 0) === 0)) throw new Error('one has not run');
});
