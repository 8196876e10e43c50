import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { libc } from '../../../../src/linux/sys/libc.js';
import { Pagemap } from '../../../../src/linux/sys/pagemap.js';
import { EventReader } from '../../../../src/linux/userfaultfd/event-reader.js';
import { Userfaultfd } from '../../../../src/linux/userfaultfd/userfaultfd.js';
import { HUGE, PAGE, remap } from '../../../linux/support/memory.js';

export interface SleepersTask {
  readonly userfaultfd: number;
  readonly block: number;
  readonly from: number;
  readonly to: number;
  /** Threads that sleep, each in a page of its own. */
  readonly sleepers: number;
}

const MOVES = 50;

const { userfaultfd, block, from, to, sleepers } = workerData as SleepersTask;
const reader = EventReader.adopt(block);
const asleep = new Set<number>();
// Loaded before the main thread sleeps, which a module that is not yet loaded would need.
const uffd = Userfaultfd.adopt(userfaultfd, new Pagemap());
parentPort!.postMessage('ready');
while (asleep.size < sleepers) {
  reader.takeFaults((address) => asleep.add(Math.floor(address / PAGE)));
  libc().usleep(1000);
}
for (let i = 0; i < MOVES; i++) {
  const moved = i % 2 === 0 ? remap(from, HUGE, to) : remap(to, HUGE, from);
  if (moved !== (i % 2 === 0 ? to : from)) throw new Error(`mremap: ${moved}`);
}
while (reader.events < MOVES) libc().usleep(1000);
writeSync(1, `moved ${MOVES} times while ${asleep.size} threads slept\n`);
// They fault again, and get zeros.
for (const page of asleep) uffd.wake(page * PAGE, PAGE);
const resolved = new Set<number>();
while (resolved.size < sleepers) {
  uffd.resolveHoles((page) => {
    resolved.add(page);
    return false;
  }, reader);
  libc().usleep(1000);
}
