import { PAGE_SIZE, PMD_PAGES } from '../../common/page.js';
import { summarize } from '../../common/summary.js';

/** A timed way of moving memory. */
export interface CalibrationRow {
  readonly migrator: 'baseline' | 'mtcopy' | 'dcbm';
  /** DMA channels of dcbm; threads of mtcopy, the migrating one included; 1 for baseline. */
  readonly copiers: number;
  /** Base pages of a folio, 1 to 512. */
  readonly folioPages: number;
  /** Maximum base pages of a batch, which has at least one folio. */
  readonly batchPages: number;
  /** Bytes of one migration: whole folios. */
  readonly bytes: number;
}

/** Times of one migration, in ns. */
export interface MoveTimes {
  readonly durationNs: number;
  /** Isolation, destinations, unmapping. */
  readonly unmapNs: number;
  /** Copying, or waiting for the copies. */
  readonly copyNs: number;
  readonly mapNs: number;
}

/** Medians of all rounds. */
export interface MoveSample extends CalibrationRow, MoveTimes {
  /** Interquartile range of `durationNs`, relative to the median. */
  readonly spread: number;
}

/** Folios of a migration. */
export function foliosOf({ bytes, folioPages }: CalibrationRow): number {
  return Math.floor(bytes / (folioPages * PAGE_SIZE));
}

/** Folios of each batch but the last. */
export function foliosOfBatch({ folioPages, batchPages }: CalibrationRow): number {
  return Math.max(1, Math.floor(batchPages / folioPages));
}

export function batchesOf(row: CalibrationRow): number {
  return Math.ceil(foliosOf(row) / foliosOfBatch(row));
}

/** Long migrations in whole batches. A profile is for these. */
export function longRows<T extends CalibrationRow>(rows: readonly T[]): T[] {
  const longest = Math.max(...rows.map(({ bytes }) => bytes));
  return rows.filter(({ bytes, batchPages }) => bytes === longest && batchPages >= PMD_PAGES);
}

/** Medians of all times of a row. */
export function sampleOf(row: CalibrationRow, times: readonly MoveTimes[]): MoveSample {
  const median = (of: (each: MoveTimes) => number) => summarize(times.map(of)).median;
  return {
    ...row,
    durationNs: median(({ durationNs }) => durationNs),
    unmapNs: median(({ unmapNs }) => unmapNs),
    copyNs: median(({ copyNs }) => copyNs),
    mapNs: median(({ mapNs }) => mapNs),
    spread: spreadOf(times.map(({ durationNs }) => durationNs)),
  };
}

/** The interquartile range of some numbers, relative to their median. */
export function spreadOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))]!;
  return at(0.5) === 0 ? 0 : (at(0.75) - at(0.25)) / at(0.5);
}
