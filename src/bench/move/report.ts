import type { Host } from '../host.js';
import type { MoveLayout, MoveMigrator } from './options.js';

/** One row of the table: a folio size, moved by one migrator. */
export interface MoveRow {
  /** Folio size as in `limit.byFolio`, e.g. `4K`. */
  readonly folio: string;
  readonly migrator: MoveMigrator;
  readonly channels: 1;
  readonly layout: MoveLayout;
  /** Bytes moved in each run. */
  readonly bytes: number;
  readonly runs: number;
  readonly medianGBps: number;
  readonly minGBps: number;
  readonly maxGBps: number;
  /** Median of the ratios to the plain copy of the same round. */
  readonly medianOfCopy: number;
  /** In all runs together. */
  readonly foliosMoved: number;
  readonly foliosFailed: number;
  /** Every byte was what it should be, after every run. */
  readonly verified: boolean;
}

/** What `pageferry bench move --json` writes. */
export interface MoveReport {
  readonly schema: 'pageferry.bench.move/1';
  readonly host: Host;
  readonly limit: {
    /** The best plain copy of any chunk size. */
    readonly copyGBps: number;
    /** The best plain copy in chunks of each folio size. */
    readonly byFolio: Readonly<Record<string, number>>;
    /** The median of the plain copies that took turns with the runs, one a round. */
    readonly medianByFolio: Readonly<Record<string, number>>;
  };
  readonly rows: readonly MoveRow[];
}
