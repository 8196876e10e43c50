import type { CopyMode } from '../../mm/copy-mode.js';
import type { BatchMigrator } from '../harness/batch-migrators.js';
import type { Host } from '../harness/host.js';
import type { Device } from '../move/options.js';
import type { Clock } from './access-timer.js';
import type { Role } from './options.js';

/**
 * How long accesses took, in microseconds; the clock's cost (`clock`) is in it. Percentiles are of all accesses, so
 * that one wait counts as one access, however long it was; medians of the runs.
 */
export interface WaitFigures {
  readonly p50us: number;
  readonly p99us: number;
  readonly p999us: number;
  readonly p9999us: number;
  /** The longest of all runs. */
  readonly maxus: number;
  /** Accesses of all runs. */
  readonly samples: number;
  /** Reads a second, or updates a second when the role is `writer`, of all its threads together; median. */
  readonly readsPerSecond: number;
  /** Accesses of 5 µs and longer, a second of its threads' time; median. */
  readonly longPerSecond: number;
  /** The share of its threads' time that those took; median. */
  readonly longShare: number;
}

/** One role's accesses while nothing is migrated. */
export interface UndisturbedRow extends WaitFigures {
  /** Folio size of the rows that it is compared with, e.g. `4K`. */
  readonly folio: string;
  readonly role: Role;
}

/** One role's accesses to memory that is being migrated. */
export interface StallRow extends WaitFigures {
  readonly folio: string;
  /** Bytes unmapped, or write-protected, at once at most. */
  readonly batchBytes: number;
  readonly copyMode: CopyMode;
  /** Bytes of a write-protected batch that were cut over at once; null: the ferry's default, or not write-protected. */
  readonly cutoverBytes: number | null;
  readonly migrator: BatchMigrator;
  /** DMA channels of dcbm; 1 for the others. */
  readonly channels: number;
  /** Threads of mtcopy; 1 for the others. */
  readonly threads: number;
  readonly role: Role;
  /** Throughput of the migration thread while these accesses went on; median. */
  readonly GBps: number;
  /** `readsPerSecond` of undisturbed accesses, round by round; median. */
  readonly ofUndisturbed: number;
  /**
   * Of a write-protected row: medians, round by round, of the ratios to the exclusive row that is otherwise the same. Null
   * for exclusive rows, and where there is no such row.
   */
  readonly ofExclusive: { readonly GBps: number; readonly p9999us: number } | null;
  readonly bytesMoved: number;
  readonly foliosFailed: number;
  /** Folios that a migrator was given and did not copy. */
  readonly fallbacks: number;
  /** Values that were read and cannot be. */
  readonly wrongValues: number;
  /** Updates that are not in the memory, or are there twice, and places with impossible values. */
  readonly updatesLost: number;
  readonly verified: boolean;
  /** Each run, in the order of the rounds. */
  readonly rounds: readonly { readonly GBps: number; readonly p9999us: number; readonly maxus: number }[];
}

/** What `pageferry bench stall --json` writes. Fields are only ever added to a schema. */
export interface StallReport {
  readonly schema: 'pageferry.bench.stall/2';
  readonly host: Host;
  readonly options: {
    readonly bytes: number;
    readonly seconds: number;
    readonly runs: number;
    readonly readers: number;
    readonly writers: number;
    /** Readers and writers at once. */
    readonly together: boolean;
    readonly device: Device;
    /** Batches that may be out at once. */
    readonly depth: number;
    readonly seed: number;
  };
  /** What the clock costs: `costNs` is part of every wait, `cycleNs` is from one access to the next, both of a cached word. */
  readonly clocks: readonly {
    readonly role: Role;
    readonly clock: Clock;
    readonly costNs: number;
    readonly cycleNs: number;
  }[];
  readonly undisturbed: readonly UndisturbedRow[];
  /** While other memory is migrated, exclusively: what an access waits for here is a CPU, or the memory's bandwidth. */
  readonly elsewhere: readonly StallRow[];
  readonly rows: readonly StallRow[];
  /** What a reader of the figures must know. */
  readonly notes: readonly string[];
}
