/** One thread of a program. It reads or updates counters at random places, as fast as it can, and times each access. */
import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '../../common/random.js';
import { WaitHistogram } from '../../common/wait-histogram.js';
import { adoptCode } from '../../linux/code/machine-code.js';
import { isPlausible, startValue } from '../harness/counters.js';
import { clockCost, openTimer, ROUND } from './access-timer.js';
import {
  type LoadReady,
  type LoadRun,
  type LoadThreadOptions,
  PAUSED,
  RUNNING,
  STOPPED,
} from './load-protocol.js';
import { ROLES } from './options.js';

/** Places that all threads know. Readers remember their last values. */
const WATCHED = 4096;
/** One access in this many is to a watched place. Other places are read too rarely to find an old value. */
const WATCH_EVERY = 16;

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

const watcher = seededRandom(options.watchSeed);
const watched = Int32Array.from({ length: WATCHED }, () => watcher(words.length));
const last = watched.map(startValue);
const slots = new Int32Array(ROUND / WATCH_EVERY);

/** Sets the places of the next accesses: anywhere, and some that are watched. */
function pickPlaces(): void {
  const { places } = timer;
  for (let i = 0; i < ROUND; i++) places[i] = random(words.length);
  for (let k = 0; k < slots.length; k++) {
    slots[k] = random(WATCHED);
    places[k * WATCH_EVERY] = watched[slots[k]!]!;
  }
}

/** Accesses places. Returns the number of impossible values found there. */
function accessRound(): number {
  const { places, values } = timer;
  pickPlaces();
  timer.run(times);
  let wrong = 0;
  for (let i = 0; i < ROUND; i++) if (!isPlausible(places[i]!, values[i]!)) wrong++;
  return wrong;
}

/** The number of watched values that are older than before. */
function oldValues(): number {
  let old = 0;
  for (let k = 0; k < slots.length; k++) {
    const value = timer.values[k * WATCH_EVERY]!;
    if (value < last[slots[k]!]!) old++;
    else last[slots[k]!] = value;
  }
  return old;
}

const round = role === 'writer' ? accessRound : () => accessRound() + oldValues();
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
