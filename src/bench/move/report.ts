import type { FallbackCauses } from '../../mm/fallback-cause.js';
import type { Host } from '../harness/host.js';
import type { Device, GapMode, MoveLayout, MoveMigrator } from './options.js';

/** One row of the table: a folio size or batch, moved by one migrator. Counts are of all runs together. */
export interface MoveRow {
  /** Folio size as in `limit.byFolio`, e.g. `4K`. */
  readonly folio: string;
  readonly migrator: MoveMigrator;
  /** DMA channels of dcbm; 1 for the others. */
  readonly channels: number;
  readonly layout: MoveLayout;
  /** Bytes moved in each run. */
  readonly bytes: number;
  readonly runs: number;
  readonly medianGBps: number;
  readonly minGBps: number;
  readonly maxGBps: number;
  /** Median of the ratios to the plain copy of the same round. */
  readonly medianOfCopy: number;
  readonly foliosMoved: number;
  readonly foliosFailed: number;
  /** Every byte had its content after every run. */
  readonly verified: boolean;
  /** Threads of mtcopy; 1 for the others. */
  readonly threads: number;
  /** Folios that each call moved; null: one call moved all. */
  readonly batch: number | null;
  readonly gaps: GapMode;
  /** Whether the time is the migration thread's, the caller's (with its waits for messages), or that of move_pages(2). */
  readonly clock: 'engine' | 'caller' | 'kernel';
  /** Median of the ratios to a copy of long ranges by one thread, by memcpy, of the same round. */
  readonly medianOfThread: number;
  /** Median of the ratios to the native limit of the same round. */
  readonly medianOfLimit: number;
  /** Median of the ratios to the baseline row's run of the same round; null when there is no such row. */
  readonly medianOfBase: number | null;
  /** The RFC's figure for this row, of another machine; null where it has none. */
  readonly rfcGBps: number | null;
  readonly batches: number;
  /** Folios that a migrator got and did not copy. The CPU copied them. */
  readonly fallbacks: number;
  readonly fallbackCauses: FallbackCauses;
  /** Folios that moved although they were on the target. `foliosMoved` and `medianGBps` do not count them. */
  readonly gapFoliosMoved: number;
  readonly gapBytesMoved: number;
  /** The prediction of a profile before the first run, with `--predict`. */
  readonly predictedGBps?: number;
  /** Each run, in the order of the rounds: those of `limit.native[].roundsGBps`. */
  readonly roundsGBps: readonly number[];
}

/** The native limit beside the rows of one folio size or batch. */
export interface NativeSummary {
  readonly folio: string;
  readonly batch: number | null;
  readonly medianGBps: number;
  readonly minGBps: number;
  readonly maxGBps: number;
  /** The number of threads that was best most often. */
  readonly threads: number;
  /** The best of each round. */
  readonly roundsGBps: readonly number[];
}

/** Predictions that were written before the first run, and their errors. */
export interface PredictionSummary {
  /** Name of the profile. */
  readonly profile: string;
  readonly file: string;
  readonly sha256: string;
  /** Mean of the absolute relative errors, and the largest of them. */
  readonly meanError: number;
  readonly worstError: number;
}

/**
 * The report of `pageferry bench move --json`. Fields are only ever added to a schema. Schema `/1` had neither
 * `limit.native` and `options` nor the fields of a row below `verified`. A row is identified by folio, migrator, channels,
 * threads, batch and gaps.
 */
export interface MoveReport {
  readonly schema: 'pageferry.bench.move/2';
  readonly host: Host;
  readonly limit: {
    /** The best plain copy of any chunk size. */
    readonly copyGBps: number;
    /** The best plain copy in chunks of each folio size. */
    readonly byFolio: Readonly<Record<string, number>>;
    /** The median of the plain copies, one in each round. */
    readonly medianByFolio: Readonly<Record<string, number>>;
    /** The best copy by all threads, one in each round, without unmapping or mapping. */
    readonly native: readonly NativeSummary[];
  };
  readonly rows: readonly MoveRow[];
  readonly options: {
    readonly device: Device;
    /** Maximum batches in flight. */
    readonly depth: number;
    /** The injected faults: every nth. */
    readonly inject: Readonly<Record<string, number>>;
    readonly seed: number;
  };
  /** The predictions that the rows have, with `--predict`. */
  readonly prediction?: PredictionSummary;
  /** For readers of the figures. */
  readonly notes: readonly string[];
}
