/** Measures the access times of nodes, in a thread of its own: see node-times.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { RandomStream } from '../common/random.js';
import { modulesLoaded } from '../linux/threads/loading.js';

/** Words from one place to the next: 512 bytes, so that no line is fetched along with another one. */
const STRIDE = 128;
const ROUNDS = 3;
/** Read before the first measurement, so that what was just written is in no cache. */
const FLUSH_WORDS = 2 ** 24;
const FLUSH_STRIDE = 16;

/** Each place has the next one, in one random cycle through all of them (Sattolo's shuffle). */
function fill(words: Int32Array, seed: number): void {
  const random = new RandomStream(seed);
  const places = Math.floor(words.length / STRIDE);
  for (let i = 0; i < places; i++) words[i * STRIDE] = i * STRIDE;
  for (let i = places - 1; i > 0; i--) {
    const j = random.below(i);
    const place = words[i * STRIDE]!;
    words[i * STRIDE] = words[j * STRIDE]!;
    words[j * STRIDE] = place;
  }
}

function chase(words: Int32Array, from: number, steps: number): number {
  let at = from;
  for (let i = 0; i < steps; i++) at = words[at]!;
  return at;
}

function flush(): number {
  const words = new Int32Array(FLUSH_WORDS).fill(1);
  let sum = 0;
  for (let i = 0; i < FLUSH_WORDS; i += FLUSH_STRIDE) sum += words[i]!;
  return sum;
}

modulesLoaded();
const { buffers } = workerData as { readonly buffers: readonly SharedArrayBuffer[] };
const nodes = buffers.map((buffer) => new Int32Array(buffer));
const at = nodes.map(() => 0);
for (const [i, words] of nodes.entries()) fill(words, i + 1);
/** Depends on every read, so that the compiler keeps them. */
let sum = 0;
for (const words of nodes) sum += chase(words, 0, 2 * (words.length / STRIDE));
sum += flush();

/** Nanoseconds of an access to each node: of the parts of a walk, the one that was least disturbed. */
function measure(): number[] {
  return nodes.map((words, node) => {
    const steps = Math.floor(words.length / STRIDE / ROUNDS);
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      at[node] = chase(words, at[node]!, steps);
      best = Math.min(best, ((performance.now() - began) * 1e6) / steps);
      sum += at[node]!;
    }
    return best;
  });
}

parentPort!.on('message', () => parentPort!.postMessage({ times: measure(), sum }));
