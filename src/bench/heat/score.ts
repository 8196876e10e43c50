import { hotUnits } from './hot-set.js';

/** If the hottest tenth has fewer accesses than this many tenths of all, no unit counts as hot. */
const EVEN = 2;

/** How well the hottest units of a snapshot match the accesses that were made. */
export interface Score {
  /** Whether the accesses are spread so evenly that no unit is hot. Then the other figures mean nothing. */
  readonly even: boolean;
  /** The part of the reported units that are hot. Null if none is reported. */
  readonly precision: number | null;
  /** The part of the hot units that are reported. */
  readonly recall: number;
  /** Accesses to the reported units, of those to the hottest units. */
  readonly captured: number;
}

/**
 * A unit is hot if it has at least as many accesses as the last of the hottest tenth. So of units with the same number each
 * is right, and there is room for a tenth of all.
 * @param accesses Of each unit.
 * @param reported The hottest units of a snapshot, a tenth of all at most.
 */
export function scoreOf(accesses: Float64Array, reported: ArrayLike<number>): Score {
  const wanted = hotUnits(accesses.length);
  const sorted = accesses.toSorted((a, b) => b - a);
  const threshold = sorted[wanted - 1]!;
  const hottest = sum(sorted.subarray(0, wanted));
  let right = 0;
  let captured = 0;
  for (let i = 0; i < reported.length; i++) {
    const count = accesses[reported[i]!]!;
    captured += count;
    // A unit that nobody accessed is not hot.
    if (count >= threshold && count > 0) right++;
  }
  return {
    even: hottest * accesses.length < EVEN * wanted * sum(accesses),
    precision: reported.length === 0 ? null : right / reported.length,
    recall: right / wanted,
    captured: hottest === 0 ? 0 : captured / hottest,
  };
}

/** The part of all that the hottest tenth has. Unknown values (NaN) count as 0. */
export function hottestShare(values: ArrayLike<number>): number {
  const known = Float64Array.from(values, (value) => Math.max(value || 0, 0)).sort();
  const all = sum(known);
  return all === 0 ? 0 : sum(known.subarray(known.length - hotUnits(known.length))) / all;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
