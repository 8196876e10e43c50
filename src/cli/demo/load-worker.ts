/** One thread of the demo's program. It reads or updates counters at random places, and knows nothing of migration. */
import { parentPort, workerData } from 'node:worker_threads';
import { startValue } from '../../bench/harness/counters.js';
import { type Random, seededRandom } from '../../common/random.js';
import { WaitHistogram } from '../../common/wait-histogram.js';
import { LOAD_GO, LOAD_MODE, LOAD_STOP, type LoadOptions, type LoadResult } from './load-protocol.js';

/** Accesses between two reads of the flags. */
const ROUND = 64;
/** Places whose last value a reader remembers. */
const REMEMBERED = 4096;

const { role, counters, control, seed, times, restMs } = workerData as LoadOptions;
const words = new Int32Array(counters);
const flags = new Int32Array(control);
const random = seededRandom(seed);
const histograms = times.map((memory) => new WaitHistogram(memory));
let histogram = histograms[0]!;

function record(started: number): void {
  histogram.record((performance.now() - started) * 1e6);
}

/** Updates at random places. Returns the number of impossible values found there. */
function writeRound(pick: Random): number {
  let backwards = 0;
  for (let i = 0; i < ROUND; i++) {
    const place = pick(words.length);
    const started = performance.now();
    const before = Atomics.add(words, place, 1);
    record(started);
    if (before < startValue(place)) backwards++;
  }
  return backwards;
}

/** Reads at random places. Every other place is a remembered one. */
function readRound(pick: Random, places: Int32Array, last: Int32Array): number {
  let backwards = 0;
  for (let i = 0; i < ROUND; i++) {
    const slot = i % 2 === 0 ? pick(REMEMBERED) : -1;
    const place = slot >= 0 ? places[slot]! : pick(words.length);
    const min = slot >= 0 ? last[slot]! : startValue(place);
    const started = performance.now();
    const value = Atomics.load(words, place);
    record(started);
    if (value < min) backwards++;
    if (slot >= 0) last[slot] = value;
  }
  return backwards;
}

const places = Int32Array.from({ length: REMEMBERED }, () => random(words.length));
const last = places.map(startValue);

parentPort!.postMessage('ready');
Atomics.wait(flags, LOAD_GO, 0);
let accesses = 0;
let backwards = 0;
while (Atomics.load(flags, LOAD_STOP) === 0) {
  histogram = histograms[Atomics.load(flags, LOAD_MODE)]!;
  backwards += role === 'writer' ? writeRound(random) : readRound(random, places, last);
  accesses += ROUND;
  if (restMs > 0) Atomics.wait(flags, LOAD_STOP, 0, restMs);
  // Waits while the load is paused.
  Atomics.wait(flags, LOAD_GO, 0);
}
parentPort!.postMessage({ role, accesses, backwards } satisfies LoadResult);
