import type { ComparableFigure, Sample } from './comparable.js';

/**
 * B compared with A:
 * - `same`: within the spread. Figures of a simulated machine have to be equal.
 * - `better`, `worse`, `differs`: beyond the spread. `differs` if neither direction is better.
 * - `unclear`: one of them has a single run, so its spread is not known.
 * - `only A`, `only B`: the other report does not have the figure.
 */
export type Verdict = 'same' | 'better' | 'worse' | 'differs' | 'unclear' | 'only A' | 'only B';

/** Verdicts that count as a difference. */
export const DIFFERENT: ReadonlySet<Verdict> = new Set(['better', 'worse', 'differs', 'only A', 'only B']);

/** Verdicts that count as a loss in B. */
export const WORSE: ReadonlySet<Verdict> = new Set(['worse', 'only A']);

/**
 * Two figures differ if their runs do not overlap: every run of one is above every run of the other. Returns undefined
 * when neither report has the figure.
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
 * Distance of the two values, in units of the spread: how far the runs of each reach towards the other. Above 1, the
 * runs do not overlap. Infinity if the spread is 0. Null if there is no spread.
 */
export function spreadsApart(a: Sample | null, b: Sample | null): number | null {
  if (a === null || b === null || a.runs === null || b.runs === null || a.runs < 2 || b.runs < 2) return null;
  const [low, high] = a.value <= b.value ? [a, b] : [b, a];
  const distance = high.value - low.value;
  return distance === 0 ? 0 : distance / (low.max - low.value + (high.value - high.min));
}

/** Probability that this many runs of the same thing do not overlap: 2 n! m! / (n + m)!. */
export function byChance(a: Sample | null, b: Sample | null): number {
  if (a === null || b === null || a.runs === null || b.runs === null || a.runs < 2 || b.runs < 2) return 0;
  let ways = 1;
  for (let i = 1; i <= b.runs; i++) ways *= (a.runs + i) / i;
  return 2 / ways;
}
