import { tickNs } from '../../linux/code/time-stamp-counter.js';
import {
  type AccessKind,
  ENTRY_PLACE,
  ENTRY_TICKS,
  ENTRY_VALUE,
  ENTRY_WORDS,
  timedAccesses,
} from '../../linux/code/timed-access.js';
import type { WaitHistogram } from '../harness/wait-histogram.js';

/** Accesses between two looks at what is to be done next. */
export const ROUND = 64;

export const CLOCKS = ['counter', 'performance.now'] as const;
/** `counter`: the processor's time stamp counter, read by machine code. */
export type Clock = (typeof CLOCKS)[number];

/** Does single accesses to words and times each by itself. */
export interface AccessTimer {
  readonly clock: Clock;
  /** Where to access: ROUND indices, set before `run`. */
  readonly places: Int32Array;
  /** What each access found: of an update, the value before. */
  readonly values: Int32Array;
  run(times: WaitHistogram): void;
}

/** The best timer that this host has. */
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
        // Machine code checks nothing.
        if (place < 0 || place >= words.length) throw new RangeError(`unknown word ${place}`);
        table[i * ENTRY_WORDS + ENTRY_PLACE] = place;
      }
      run(ROUND);
      for (let i = 0; i < ROUND; i++) {
        const entry = i * ENTRY_WORDS;
        values[i] = table[entry + ENTRY_VALUE]!;
        const low = table[entry + ENTRY_TICKS]!;
        const high = table[entry + ENTRY_TICKS + 1]!;
        // Two CPUs' counters may be apart by a few ticks.
        const ticks = high === 0 && low >= 0 ? low : Math.max(0, high * 2 ** 32 + (low >>> 0));
        times.record(ticks * ns);
      }
    },
  };
}

/** Where there is no such counter: the clock costs as much as an access. */
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
