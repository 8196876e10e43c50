import type { CopyMode } from '../../mm/copy-mode.js';
import type { Host } from '../harness/host.js';
import type { BatchMigrator } from '../move/options.js';
import type { ClockCost } from './access-timer.js';
import type { Role, StallOptions } from './options.js';

/**
 * How long accesses took, in microseconds, the clock's cost (`clocks`) included. Percentiles are of all accesses: a wait
 * counts once, whatever its length. All are medians of the runs, unless noted.
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
  /** Reads a second of all threads of the role together, or updates where the role is `writer`. */
  readonly readsPerSecond: number;
  /** Accesses of 5 µs and longer, for each second of its threads' time. */
  readonly longPerSecond: number;
  /** The share of its threads' time that those took. */
  readonly longShare: number;
}

/** One role's accesses while nothing is migrated. */
export interface UndisturbedRow extends WaitFigures {
  /** Folio size of the rows that are compared with it, such as `4K`. */
  readonly folio: string;
  readonly role: Role;
}

/** One role's accesses to memory that is being migrated. */
export interface StallRow extends WaitFigures {
  readonly folio: string;
  /** Maximum bytes in flight. */
  readonly batchBytes: number;
  readonly copyMode: CopyMode;
  /** Bytes of one cutover; null: the ferry's default, or an exclusive row. */
  readonly cutoverBytes: number | null;
  readonly migrator: BatchMigrator;
  /** DMA channels of dcbm; 1 for the others. */
  readonly channels: number;
  /** Threads of mtcopy; 1 for the others. */
  readonly threads: number;
  readonly role: Role;
  /** Throughput of the migration thread during these accesses; median. */
  readonly GBps: number;
  /** `readsPerSecond` of undisturbed accesses, round by round; median. */
  readonly ofUndisturbed: number;
  /** Medians, round by round, of the ratios to the exclusive row that is otherwise the same. Null without such a row. */
  readonly ofExclusive: { readonly GBps: number; readonly p9999us: number } | null;
  readonly bytesMoved: number;
  readonly foliosFailed: number;
  /** Folios that a migrator got and did not copy. */
  readonly fallbacks: number;
  /** Impossible values that were read. */
  readonly wrongValues: number;
  /** Updates that are missing or were made twice, and places with impossible values. */
  readonly updatesLost: number;
  readonly verified: boolean;
  /** Each run, in the order of the rounds. */
  readonly rounds: readonly { readonly GBps: number; readonly p9999us: number; readonly maxus: number }[];
}

export interface RoleClock extends ClockCost {
  readonly role: Role;
}

/** The report of `pageferry bench stall --json`. Fields are only ever added to a schema. */
export interface StallReport {
  readonly schema: 'pageferry.bench.stall/2';
  readonly host: Host;
  readonly options: Required<
    Pick<StallOptions, 'bytes' | 'seconds' | 'runs' | 'together' | 'device' | 'depth' | 'seed'>
  > & { readonly readers: number; readonly writers: number };
  readonly clocks: readonly RoleClock[];
  readonly undisturbed: readonly UndisturbedRow[];
  /** Other memory is migrated, exclusively. An access waits here only for a CPU, or for memory bandwidth. */
  readonly elsewhere: readonly StallRow[];
  readonly rows: readonly StallRow[];
  /** For readers of the figures. */
  readonly notes: readonly string[];
}
