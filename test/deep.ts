const { PAGEFERRY_TESTS } = process.env;

/**
 * `npm test` has to end within minutes and covers each kind of case once or a few times. `npm run test:deep` runs the same
 * files with every case there is.
 */
export const DEEP: boolean = PAGEFERRY_TESTS === 'deep';

/** All of the cases in `npm run test:deep`; else `count` of them, spread evenly, the first and the last among them. */
export function sampled<T>(cases: readonly T[], count: number): readonly T[] {
  if (DEEP || cases.length <= count) return cases;
  if (count === 1) return cases.slice(0, 1);
  return Array.from({ length: count }, (_, i) => cases[Math.round((i * (cases.length - 1)) / (count - 1))]!);
}

/** A number of repetitions, or of bytes: `deep` of them in `npm run test:deep`, else `quick`. */
export function amount(quick: number, deep: number): number {
  return DEEP ? deep : quick;
}
