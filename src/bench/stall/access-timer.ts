import { WaitHistogram } from '../../common/wait-histogram.js';
import { tickNs } from '../../linux/code/time-stamp-counter.js';
import {
  type AccessKind,
  ENTRY_PLACE,
  ENTRY_TICKS,
  ENTRY_VALUE,
  ENTRY_WORDS,
  timedAccesses,
} from '../../linux/code/timed-access.js';

/** Accesses between two reads of the command word. */
export const ROUND = 64;

export const CLOCKS = ['counter', 'performance.now'] as const;
/** `counter`: the processor's time stamp counter, read by machine code. */
export type Clock = (typeof CLOCKS)[number];

/** Accesses single words, and times each access by itself. */
export interface AccessTimer {
  readonly clock: Clock;
  /** The ROUND indices of the places to access, set before `run`. */
  readonly places: Int32Array;
  /** The value that each access found; for an update, the value before it. */
  readonly values: Int32Array;
  run(times: WaitHistogram): void;
}

/** The best timer of this host. */
export function openTimer(kind: AccessKind, words: Int32Array, only?: Clock): AccessTimer {
  const counter = only === 'performance.now' ? undefined : counterTimer(kind, words);
  return counter ?? plainTimer(kind, words);
}

function counterTimer(kind: AccessKind, words: Int32Array): AccessTimer | undefined {
  const table = new Int32Array(new SharedArrayBuffer(ROUND * ENTRY_WORDS * 4));
  const run = timedAccesses(kind, words, table);
  const ns = tickNs();
  if (run === undefined || ns === undefined) return undefined;
  const places = new Int32Array(ROUND);
  const values = new Int32Array(ROUND);
  return {
    clock: 'counter',
    places,
    values,
    run(times) {
      for (let i = 0; i < ROUND; i++) {
        const place = places[i]!;
        // The machine code does not check.
        if (place < 0 || place >= words.length) throw new RangeError(`unknown word ${place}`);
        table[i * ENTRY_WORDS + ENTRY_PLACE] = place;
      }
      run(ROUND);
      for (let i = 0; i < ROUND; i++) {
        const entry = i * ENTRY_WORDS;
        values[i] = table[entry + ENTRY_VALUE]!;
        const low = table[entry + ENTRY_TICKS]!;
        const high = table[entry + ENTRY_TICKS + 1]!;
        // The counters of two CPUs may differ by a few ticks.
        const ticks = high === 0 && low >= 0 ? low : Math.max(0, high * 2 ** 32 + (low >>> 0));
        times.record(ticks * ns);
      }
    },
  };
}

/** For hosts without such a counter. This clock costs as much as an access. */
function plainTimer(kind: AccessKind, words: Int32Array): AccessTimer {
  const places = new Int32Array(ROUND);
  const values = new Int32Array(ROUND);
  const add = kind === 'add';
  return {
    clock: 'performance.now',
    places,
    values,
    run(times) {
      for (let i = 0; i < ROUND; i++) {
        const place = places[i]!;
        const started = performance.now();
        values[i] = add ? Atomics.add(words, place, 1) : Atomics.load(words, place);
        times.record((performance.now() - started) * 1e6);
      }
    },
  };
}

const CALIBRATION_ROUNDS = 2000;

export interface ClockCost {
  readonly clock: Clock;
  /** Nanoseconds that it measures for an access to a word in the first-level cache: part of every figure. */
  readonly costNs: number;
  /** Nanoseconds from one access of such a word to the next, with the recording. */
  readonly cycleNs: number;
}

/** Measures the clock on a word of its own; the median of the accesses. */
export function clockCost(kind: AccessKind, only?: Clock): ClockCost {
  const timer = openTimer(kind, new Int32Array(new SharedArrayBuffer(64)), only);
  const times = new WaitHistogram();
  let started = 0;
  // The first half compiles the code.
  for (let round = 0; round < 2 * CALIBRATION_ROUNDS; round++) {
    if (round === CALIBRATION_ROUNDS) {
      times.reset();
      started = performance.now();
    }
    timer.run(times);
  }
  const cycleNs = ((performance.now() - started) * 1e6) / (CALIBRATION_ROUNDS * ROUND);
  return { clock: timer.clock, costNs: times.percentile(50), cycleNs };
}
