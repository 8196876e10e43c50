/** Factors by which a number is changed, in decreasing order. */
const FACTORS = [1.6, 1.25, 1.1, 1.04, 1.015, 1.005] as const;
const MAX_SWEEPS = 12;

/**
 * The numbers near `start` with the least `errorOf`. Each number is multiplied and divided by decreasing factors as long as
 * that helps, from `first` on. A number that is 0 stays 0.
 */
export function patternSearch(
  start: readonly number[],
  errorOf: (numbers: readonly number[]) => number,
  first: number = FACTORS[0],
): number[] {
  let best = [...start];
  let min = errorOf(best);
  for (const factor of FACTORS.filter((each) => each <= first)) {
    for (let sweep = 0, better = true; better && sweep < MAX_SWEEPS; sweep++) {
      better = false;
      for (let i = 0; i < best.length; i++) {
        for (const by of [factor, 1 / factor]) {
          const tried = best.with(i, best[i]! * by);
          const error = errorOf(tried);
          if (error >= min) continue;
          [best, min, better] = [tried, error, true];
          break;
        }
      }
    }
  }
  return best;
}
