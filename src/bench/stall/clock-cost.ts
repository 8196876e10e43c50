import type { AccessKind } from '../../linux/code/timed-access.js';
import { WaitHistogram } from '../harness/wait-histogram.js';
import { type Clock, openTimer, ROUND } from './access-timer.js';

const CALIBRATION_ROUNDS = 2000;

/** What a timer's clock costs. */
export interface ClockCost {
  readonly clock: Clock;
  /** Nanoseconds that it says of an access to a word in the first-level cache: what is in every figure. */
  readonly costNs: number;
  /** Nanoseconds from one access to the next of such a word, recording and everything included. */
  readonly cycleNs: number;
}

/** Measures it, on a word of its own; the median of the accesses. */
export function clockCost(kind: AccessKind, only?: Clock): ClockCost {
  const timer = openTimer(kind, new Int32Array(new SharedArrayBuffer(64)), only);
  const times = new WaitHistogram();
  let started = 0;
  // The first half compiles it.
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
