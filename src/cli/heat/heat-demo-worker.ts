/** The program that `pageferry heat` shows without a ferry: a thread with a hot tenth of its memory that moves. */
import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '../../common/random.js';

export interface HeatDemoData {
  readonly memory: SharedArrayBuffer;
}

const HOT_SHARE = 0.1;
const MOVE_MS = 5000;
/** Accesses between two rests. One of them is to any part of the memory, the others to the hot part. */
const ROUND = 1000;
const REST_MS = 1;

const { memory } = workerData as HeatDemoData;
const words = new Int32Array(memory);
const random = seededRandom(1);
const never = new Int32Array(new SharedArrayBuffer(4));
const hotWords = Math.floor(words.length * HOT_SHARE);
words.fill(1);
parentPort!.postMessage('ready');
const began = performance.now();
for (;;) {
  const moves = Math.floor((performance.now() - began) / MOVE_MS);
  // Neither neighbours nor a simple order: 3 of 10 further each time.
  const hot = ((3 * moves) % 10) * hotWords;
  for (let i = 0; i < ROUND; i++) {
    const at = i === 0 ? random(words.length) : hot + random(hotWords);
    words[at]!++;
  }
  Atomics.wait(never, 0, 0, REST_MS);
}
