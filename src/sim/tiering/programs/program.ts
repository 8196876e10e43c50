/**
 * A program whose memory is placed: how its accesses are spread over its units, and how it issues them. Its phases are in
 * time, not in work, so that all policies meet the same heat.
 */
export interface TieredProgram {
  readonly name: string;
  readonly unitBytes: number;
  readonly bytes: number;
  /** Threads, each on a processor of its own. */
  readonly threads: number;
  /** Accesses that a thread has in flight at once. */
  readonly overlap: number;
  /** Time of a thread for each access beside the access itself. Nanoseconds. */
  readonly thinkNs: number;
  /** Accesses of an operation. */
  readonly accessesPerOperation: number;
  /** Part of the accesses that also write a cache line back, 0 to 1. */
  readonly writes: number;
  /** The part of the accesses to each unit that write, if it is not `writes` for all of them. */
  readonly writesTo?: (unit: number) => number;
  /** Length of the program if it has one of its own, milliseconds. It starts again afterwards. */
  readonly lengthMs?: number;
  /** Fills in each unit's share of the accesses between two moments, milliseconds from the start. They add up to 1. */
  fill(shares: Float64Array, fromMs: number, toMs: number): void;
}

/** Size and seed of a program. */
export interface ProgramSize {
  readonly bytes: number;
  readonly unitBytes: number;
  readonly threads: number;
  readonly seed: number;
}

export function unitsOf({ bytes, unitBytes }: Pick<TieredProgram, 'bytes' | 'unitBytes'>): number {
  return Math.ceil(bytes / unitBytes);
}

/** Makes the shares add up to 1. */
export function normalize(shares: Float64Array): void {
  let sum = 0;
  for (const share of shares) sum += share;
  if (sum > 0) for (let unit = 0; unit < shares.length; unit++) shares[unit]! /= sum;
}
