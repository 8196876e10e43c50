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

/** Decimal gigabytes a second: 10^9 bytes, the RFC's unit. */
export function gigabytesPerSecond(bytes: number, nanoseconds: number): number {
  return nanoseconds > 0 ? bytes / nanoseconds : 0;
}
