import { parentPort, workerData } from 'node:worker_threads';
import { libc } from '../../../src/linux/sys/libc.js';
import { remap } from './memory.js';
import { type MovingTask, SYS_GETTID } from './moving-thread.js';

/** Moves the page tables of a range to another and back, so many times, and sleeps until each event has been read. */
const { from, to, bytes, moves, words, results } = workerData as MovingTask;
words[1] = libc().syscall(SYS_GETTID, 0, 0, 0, 0, 0, 0);
parentPort!.postMessage('ready');
while (Atomics.load(words, 0) === 0) Atomics.wait(words, 0, 0);
for (let i = 0; i < moves; i++) {
  results[i] = i % 2 === 0 ? remap(from, bytes, to) : remap(to, bytes, from);
  Atomics.add(words, 2, 1);
}
