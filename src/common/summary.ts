export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median, minimum and maximum of at least one number. */
export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** The median of the ratios of values to others, pair by pair; 0 for a pair whose other is 0 or absent. */
export function medianRatio(values: readonly number[], others: readonly number[]): number {
  return summarize(values.map((value, i) => ((others[i] ?? 0) > 0 ? value / others[i]! : 0))).median;
}

/** Decimal gigabytes a second: 10^9 bytes, the RFC's unit. */
export function gigabytesPerSecond(bytes: number, nanoseconds: number): number {
  return nanoseconds > 0 ? bytes / nanoseconds : 0;
}
