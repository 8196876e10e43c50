import { parentPort, workerData } from 'node:worker_threads';
import { ENDING_COUNT, ENDING_EXITS, type EndingTask } from './ending-task.js';

/** Adds to counters all over the memory, counting each addition, until it is ended or ends itself. */
const { memory, control, seed } = workerData as EndingTask;
const words = new Int32Array(memory);
const state = new Int32Array(control);
let random = seed;
parentPort!.postMessage('at work');
for (;;) {
  random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
  const index = Math.floor((random / 2 ** 32) * (words.length / 2)) * 2;
  Atomics.add(words, index, 1);
  Atomics.add(state, ENDING_COUNT, 1);
  if (Atomics.load(state, ENDING_EXITS) !== 0) process.exit(7);
}
