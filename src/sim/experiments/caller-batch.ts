import { naturalBatch } from '../callers/natural-batch.js';
import { type BatchTimes, type BreakevenSettings, timeBatch } from './breakeven.js';

/** What a caller's own batch comes to, baseline and offloaded. */
export interface CallerBatch {
  /** Bytes of a folio. */
  readonly folio: number;
  readonly folios: number;
  /** Where the number of folios is decided. */
  readonly source: string;
  readonly baseline: CallerTimes;
  readonly offloaded: CallerTimes;
}

export interface CallerTimes {
  readonly wallNs: number;
  readonly cpuNs: number;
}

/** Undefined for a reason whose callers give whatever there is. */
export function callerBatch(folio: number, settings: BreakevenSettings): CallerBatch | undefined {
  const natural = naturalBatch(settings.reason);
  if (natural === undefined) return undefined;
  const { folios } = natural;
  return {
    ...natural,
    folio,
    baseline: timesOf(timeBatch(folio, folios, false, settings)),
    offloaded: timesOf(timeBatch(folio, folios, true, settings)),
  };
}

function timesOf({ wall, cpu }: BatchTimes): CallerTimes {
  return { wallNs: wall, cpuNs: cpu };
}
