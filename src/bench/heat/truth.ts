/** Milliseconds of a slice of time. */
export const SLICE_MS = 50;

/** The accesses of one thread of a program, by slice of time and unit, in shared memory. The thread adds to it. */
export class AccessCounts {
  readonly units: number;
  readonly slices: number;
  readonly buffer: SharedArrayBuffer;
  /** The count of a unit in a slice is at slice * units + unit. */
  readonly counts: Uint32Array;

  /** @param buffer Of an earlier one with as many units. Otherwise there are no accesses yet. */
  constructor(
    units: number,
    slices: number,
    buffer: SharedArrayBuffer = new SharedArrayBuffer(units * slices * 4),
  ) {
    this.units = units;
    this.slices = slices;
    this.buffer = buffer;
    this.counts = new Uint32Array(buffer);
  }

  /** The index of a slice's first count. The last slice has all later times, too. */
  rowAt(ms: number): number {
    return Math.min(this.slices - 1, Math.floor(ms / SLICE_MS)) * this.units;
  }
}

/** The accesses of each unit in the slices that begin and end between two times, of all threads together. */
export function accessesBetween(
  threads: readonly AccessCounts[],
  fromMs: number,
  toMs: number,
): Float64Array {
  const sums = new Float64Array(threads[0]!.units);
  for (const { counts, units, slices } of threads) {
    const end = Math.min(slices, Math.floor(toMs / SLICE_MS));
    for (let slice = Math.max(0, Math.ceil(fromMs / SLICE_MS)); slice < end; slice++) {
      for (let unit = 0; unit < units; unit++) sums[unit]! += counts[slice * units + unit]!;
    }
  }
  return sums;
}

/** All accesses of all threads. */
export function allAccesses(threads: readonly AccessCounts[]): number {
  let sum = 0;
  for (const { counts } of threads) for (const count of counts) sum += count;
  return sum;
}
