/** One thread of a program that reads or updates counters at random places, as fast as it can, and times each access. */
import { parentPort, workerData } from 'node:worker_threads';
import { adoptCode } from '../../linux/machine-code.js';
import { isPlausible, startValue } from '../counters.js';
import { seededRandom } from '../random.js';
import { WaitHistogram } from '../wait-histogram.js';
import { openTimer, ROUND } from './access-timer.js';
import { clockCost } from './clock-cost.js';
import {
  type LoadReady,
  type LoadRun,
  type LoadThreadOptions,
  PAUSED,
  RUNNING,
  STOPPED,
} from './load-protocol.js';
import { ROLES } from './options.js';

/** Places of which a reader remembers the last value: more cache lines than the nearer caches hold. */
const REMEMBERED = 65_536;
/** One access in so many is to a remembered place. */
const REMEMBER_EVERY = 16;

const options = workerData as LoadThreadOptions;
adoptCode(options.code);
const { words, role } = options;
const control = new Int32Array(options.control);
const command = ROLES.indexOf(role);
const random = seededRandom(options.seed);
const times = new WaitHistogram(options.times);
const kind = role === 'writer' ? 'add' : 'read';
const cost = clockCost(kind);
const timer = openTimer(kind, words);

/** Updates at random places. Returns how many of the values found there cannot be. */
function writeRound(): number {
  const { places, values } = timer;
  for (let i = 0; i < ROUND; i++) places[i] = random(words.length);
  timer.run(times);
  let wrong = 0;
  for (let i = 0; i < ROUND; i++) if (!isPlausible(places[i]!, values[i]!)) wrong++;
  return wrong;
}

const remembered = Int32Array.from({ length: REMEMBERED }, () => random(words.length));
const last = remembered.map(startValue);
const slots = new Int32Array(ROUND / REMEMBER_EVERY);

/** Reads at random places, some of them places that are remembered: no value may be older than one seen before. */
function readRound(): number {
  const { places, values } = timer;
  for (let i = 0; i < ROUND; i++) places[i] = random(words.length);
  for (let k = 0; k < slots.length; k++) {
    slots[k] = random(REMEMBERED);
    places[k * REMEMBER_EVERY] = remembered[slots[k]!]!;
  }
  timer.run(times);
  let wrong = 0;
  for (let i = 0; i < ROUND; i++) if (!isPlausible(places[i]!, values[i]!)) wrong++;
  for (let k = 0; k < slots.length; k++) {
    const value = values[k * REMEMBER_EVERY]!;
    if (value < last[slots[k]!]!) wrong++;
    else last[slots[k]!] = value;
  }
  return wrong;
}

const round = role === 'writer' ? writeRound : readRound;
parentPort!.postMessage({ cost } satisfies LoadReady);
for (;;) {
  Atomics.wait(control, command, PAUSED);
  if (Atomics.load(control, command) === STOPPED) break;
  const started = performance.now();
  let accesses = 0;
  let wrong = 0;
  while (Atomics.load(control, command) === RUNNING) {
    wrong += round();
    accesses += ROUND;
  }
  const durationNs = (performance.now() - started) * 1e6;
  parentPort!.postMessage({ accesses, wrong, durationNs } satisfies LoadRun);
}
