import { Placement } from './placement.js';
import { throughputOf } from './throughput.js';
import {
  fastBytesOf,
  roomsOf,
  runStill,
  type ShareOf,
  type TieringFigures,
  type TieringSettings,
} from './tiering.js';

/** The placements that policies are compared with. */
export const BASELINES = ['all fast', 'all slow', 'first touch', 'oracle'] as const;
export type Baseline = (typeof BASELINES)[number];

/** Steps of the search for the best share. */
const STEPS = 48;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Runs a program with one of these placements. */
export function runBaseline(baseline: Baseline, settings: TieringSettings): TieringFigures {
  return runStill(baselineShare(baseline, settings), settings);
}

/**
 * The shares of a baseline. `all fast` has a fast node of the size of the program. The `oracle` knows the heat of each epoch
 * in advance, and moves everything at once and for nothing. No policy can be faster.
 */
function baselineShare(baseline: Baseline, settings: TieringSettings): ShareOf {
  switch (baseline) {
    case 'all fast':
      return () => 1;
    case 'all slow':
      return () => 0;
    case 'first touch': {
      const { program } = settings;
      const placement = new Placement(program, roomsOf(settings));
      return (shares) => placement.fastShare(shares);
    }
    case 'oracle':
      return oracle(settings);
  }
}

/** The share with the highest throughput, up to that of the hottest units which the fast node has room for. */
function oracle({ machine, program, fastPart }: TieringSettings): ShareOf {
  const fits = Math.floor(fastBytesOf(program, fastPart) / program.unitBytes);
  let sorted = new Float64Array(0);
  return (shares) => {
    if (sorted.length !== shares.length) sorted = new Float64Array(shares.length);
    sorted.set(shares);
    sorted.sort();
    let most = 0;
    for (let i = Math.max(0, sorted.length - fits); i < sorted.length; i++) most += sorted[i]!;
    most = Math.min(1, most);
    const speed = (share: number): number => throughputOf(program, machine, share, 0).accessesPerNs;
    // The throughput rises with the share up to the best one, and falls from there on.
    let low = 0;
    let high = most;
    for (let step = 0; step < STEPS; step++) {
      const left = high - GOLDEN * (high - low);
      const right = low + GOLDEN * (high - low);
      if (speed(left) < speed(right)) low = left;
      else high = right;
    }
    const best = (low + high) / 2;
    return speed(most) >= speed(best) ? most : best;
  };
}
