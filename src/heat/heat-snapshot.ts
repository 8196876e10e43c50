import type { Sight } from './observation.js';

/**
 * The heat of a region at one moment: an element of each array for each unit.
 * @see {@link Region.heat} for an example
 */
export interface HeatSnapshot {
  /** The moment, ms on the clock of the observations. */
  readonly atMs: number;
  /** Offset of the first unit in the region, bytes. */
  readonly offset: number;
  /** Bytes of all units. The last unit may be shorter than the others. */
  readonly bytes: number;
  /** Bytes of a unit. */
  readonly unitBytes: number;
  /** Name of the access source. */
  readonly source: string;
  /** The accesses that the source can see. */
  readonly sees: Sight;
  /**
   * Accesses per second to the known pages of the unit. NaN if none is known. The rates of smaller units add up to that of
   * the larger unit.
   */
  readonly rate: Float32Array;
  /** Milliseconds since the last access that was seen. NaN if none was. */
  readonly age: Float32Array;
  /** Confidence: the decayed number of observations of the unit. An observation of more than the unit counts in part. */
  readonly observations: Float32Array;
  /** Part of the unit's pages that are known, 0 to 1. */
  readonly known: Float32Array;
  /** Part of the accesses of known kind that were writes, 0 to 1. NaN if none is known, or the source cannot see kinds. */
  readonly written: Float32Array;
  /**
   * Pages of the largest record in the unit, 0 if it is unknown. Within a record that is larger than the unit, accesses are
   * taken as spread evenly.
   */
  readonly recordPages: Uint16Array;
  /**
   * The program's advice on the unit by `region.advise`: one of `ADVICE`. No source sees it, and the other arrays do not
   * depend on it.
   */
  readonly advice: Uint8Array;
}

type SnapshotArrays = Pick<
  HeatSnapshot,
  'rate' | 'age' | 'observations' | 'known' | 'written' | 'recordPages' | 'advice'
>;

/** The arrays of a snapshot in which nothing is known yet. */
export function snapshotArrays(units: number): SnapshotArrays {
  return {
    rate: new Float32Array(units).fill(Number.NaN),
    age: new Float32Array(units).fill(Number.NaN),
    observations: new Float32Array(units),
    known: new Float32Array(units),
    written: new Float32Array(units).fill(Number.NaN),
    recordPages: new Uint16Array(units),
    advice: new Uint8Array(units),
  };
}

/**
 * Bytes of a unit of a snapshot. The last one may be shorter.
 * @see {@link Policy} for an example
 */
export function bytesOfUnit({ bytes, unitBytes }: HeatSnapshot, unit: number): number {
  return Math.min(unitBytes, bytes - unit * unitBytes);
}
