import type { ComparableFigure, Sample } from './comparable.js';

/**
 * What B is, beside A:
 * - `same`: within the spread; of a simulated machine, equal to the last digit;
 * - `better`, `worse`, `differs`: beyond it; the last where no direction is better;
 * - `unclear`: one of them has a single run, so that its spread is not known;
 * - `only A`, `only B`: the other has no such figure.
 */
export type Verdict = 'same' | 'better' | 'worse' | 'differs' | 'unclear' | 'only A' | 'only B';

/** Verdicts that count as a difference. */
export const DIFFERENT: ReadonlySet<Verdict> = new Set(['better', 'worse', 'differs', 'only A', 'only B']);

/** Verdicts that say that B has lost something. */
export const WORSE: ReadonlySet<Verdict> = new Set(['worse', 'only A']);

/**
 * Two figures differ by more than their spread when their runs do not overlap: every run of one is above every run of
 * the other. Undefined when neither has the figure.
 */
export function judge(
  a: Sample | null,
  b: Sample | null,
  better: ComparableFigure['better'],
): Verdict | undefined {
  if (a === null || b === null) return a === b ? undefined : a === null ? 'only B' : 'only A';
  const exact = a.runs === null || b.runs === null;
  if (!exact && (a.runs < 2 || b.runs < 2)) return 'unclear';
  if (a.min <= b.max && b.min <= a.max) return 'same';
  if (better === undefined) return 'differs';
  return b.value > a.value === (better === 'more') ? 'better' : 'worse';
}

/**
 * How far B lies from A, in spreads: the distance of their values, as a multiple of how far the runs of each reach
 * towards the other. Above 1 they do not overlap. Infinity where neither reaches at all. Null where there is no spread.
 */
export function spreadsApart(a: Sample | null, b: Sample | null): number | null {
  if (a === null || b === null || a.runs === null || b.runs === null || a.runs < 2 || b.runs < 2) return null;
  const [low, high] = a.value <= b.value ? [a, b] : [b, a];
  const distance = high.value - low.value;
  return distance === 0 ? 0 : distance / (low.max - low.value + (high.value - high.min));
}

/** How probable it is that as many runs of the very same thing do not overlap: 2 n! m! / (n + m)!. */
export function byChance(a: Sample | null, b: Sample | null): number {
  if (a === null || b === null || a.runs === null || b.runs === null || a.runs < 2 || b.runs < 2) return 0;
  let ways = 1;
  for (let i = 1; i <= b.runs; i++) ways *= (a.runs + i) / i;
  return 2 / ways;
}
