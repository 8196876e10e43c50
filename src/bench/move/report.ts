import type { FallbackCauses } from '../../mm/fallback-cause.js';
import type { Host } from '../harness/host.js';
import type { Device, GapMode, MoveLayout, MoveMigrator } from './options.js';

/** One row of the table: a folio size or batch, moved by one migrator. All counts are of all runs together. */
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
  /** Every byte was what it should be, after every run. */
  readonly verified: boolean;
  /** Threads of mtcopy; 1 for the others. */
  readonly threads: number;
  /** Folios that each call moved; null: one call moved all. */
  readonly batch: number | null;
  readonly gaps: GapMode;
  /**
   * Whose time it is: that of the migration thread; the caller's, who also waits for messages; or of move_pages(2) alone.
   */
  readonly clock: 'engine' | 'caller' | 'kernel';
  /** Median of the ratios to a copy of long ranges by one thread, by memcpy, of the same round. */
  readonly medianOfThread: number;
  /** Median of the ratios to the native limit of the same round. */
  readonly medianOfLimit: number;
  /** Median of the ratios to the baseline row's run of the same round; null when there is no such row. */
  readonly medianOfBase: number | null;
  /** What the RFC published for this row, on another machine; null where it has nothing comparable. */
  readonly rfcGBps: number | null;
  readonly batches: number;
  /** Folios that a migrator was given and did not copy; the CPU did. */
  readonly fallbacks: number;
  readonly fallbackCauses: FallbackCauses;
  /** Folios that were on the target and moved along; not in `foliosMoved` and `medianGBps`. */
  readonly gapFoliosMoved: number;
  readonly gapBytesMoved: number;
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
  /** Threads with which it was best, most often. */
  readonly threads: number;
  /** The best of each round. */
  readonly roundsGBps: readonly number[];
}

/**
 * What `pageferry bench move --json` writes. Fields are only ever added to a schema. Of `/1`, what is below `verified`
 * in a row, `limit.native` and `options` came later; a row is identified by folio, migrator, channels, threads, batch
 * and gaps.
 */
export interface MoveReport {
  readonly schema: 'pageferry.bench.move/2';
  readonly host: Host;
  readonly limit: {
    /** The best plain copy of any chunk size. */
    readonly copyGBps: number;
    /** The best plain copy in chunks of each folio size. */
    readonly byFolio: Readonly<Record<string, number>>;
    /** The median of the plain copies that took turns with the runs, one a round. */
    readonly medianByFolio: Readonly<Record<string, number>>;
    /** The best copy by all threads, one a round: nothing is unmapped or mapped. */
    readonly native: readonly NativeSummary[];
  };
  readonly rows: readonly MoveRow[];
  readonly options: {
    readonly device: Device;
    /** Batches that may be unmapped at once. */
    readonly depth: number;
    /** The faults that were injected: every nth. */
    readonly inject: Readonly<Record<string, number>>;
    readonly seed: number;
  };
  /** What a reader of the figures must know. */
  readonly notes: readonly string[];
}
