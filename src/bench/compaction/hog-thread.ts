/** Counts on one CPU until `stop` is set. It competes with the compaction. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { pinThread } from '../../linux/sys/affinity.js';

export interface HogOptions {
  readonly cpu: number;
  /** [0] becomes 1 to stop. */
  readonly stop: SharedArrayBuffer;
}

/** Iterations between two reads of `stop`. */
const STRIDE = 1 << 16;

function run({ cpu, stop }: HogOptions): void {
  pinThread(cpu);
  const word = new Int32Array(stop);
  parentPort!.postMessage('ready');
  let count = 0;
  while (Atomics.load(word, 0) === 0) {
    for (let k = 0; k < STRIDE; k++) count++;
  }
  parentPort!.postMessage(count);
}

if (!isMainThread) run(workerData as HogOptions);
