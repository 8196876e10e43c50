/** Values at which shares of the accesses were over, from a histogram of buckets. */
export function percentile(
  counts: readonly number[],
  bucketsNs: readonly number[],
  share: number,
): number | undefined {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  let seen = 0;
  for (let i = 0; i < counts.length; i++) {
    seen += counts[i]!;
    if (seen >= all * share) return bucketsNs[Math.min(i, bucketsNs.length - 1)]!;
  }
  return bucketsNs.at(-1);
}

/** The upper end of the last bucket with anything in it. */
export function longest(counts: readonly number[], bucketsNs: readonly number[]): number | undefined {
  const last = counts.findLastIndex((count) => count > 0);
  return last < 0 ? undefined : bucketsNs[Math.min(last, bucketsNs.length - 1)];
}
