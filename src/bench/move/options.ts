import type { TableMode } from '../../linux/tables/table-policy.js';
import type { ErrorMigratorOptions } from '../../migrators/error/error-options.js';

export const MOVE_MIGRATORS = ['serial', 'baseline', 'cpu', 'mtcopy', 'dcbm', 'kernel'] as const;
/**
 * - `serial`: one folio at a time, as kernels before 2023 did.
 * - `baseline`: batches, no migrator, each folio copied by itself: today's kernel.
 * - `cpu`, `mtcopy`, `dcbm`: batches, copied by the registered migrator of that name.
 * - `kernel`: the peer, move_pages(2) on the same memory. It needs two NUMA nodes.
 */
export type MoveMigrator = (typeof MOVE_MIGRATORS)[number];

export const BATCH_MIGRATORS = ['baseline', 'cpu', 'mtcopy', 'dcbm'] as const;
/** The rows of benches that only move batches. */
export type BatchMigrator = (typeof BATCH_MIGRATORS)[number];

/** The rows that offload copies: those that faults can be injected into. */
export const OFFLOADING: ReadonlySet<MoveMigrator> = new Set<MoveMigrator>(['cpu', 'mtcopy', 'dcbm']);

export const MOVE_LAYOUTS = ['contiguous', 'scattered', 'alternate'] as const;
/**
 * - `contiguous`: a whole region, in address order.
 * - `scattered`: a random tenth of the folios of a region ten times as large, by movePages.
 * - `alternate`: every other folio of a region. The folios between are on the target already.
 */
export type MoveLayout = (typeof MOVE_LAYOUTS)[number];

export const GAP_MODES = ['skip', 'move'] as const;
export type GapMode = (typeof GAP_MODES)[number];

export const DEVICES = ['soft', 'idxd'] as const;
export type Device = (typeof DEVICES)[number];

export interface MoveOptions {
  /** Bytes of a folio, each once, ascending. Only 2 MiB when `batch` is given. */
  readonly folios: readonly number[];
  /** Folios of 2 MiB that each call moves, each once, ascending; undefined: one call for all of `bytes`. */
  readonly batch?: readonly number[];
  readonly migrators: readonly MoveMigrator[];
  /** A row of dcbm for each: DMA channels. */
  readonly channels: readonly number[];
  /** A row of mtcopy for each: threads that copy, the migration thread included. */
  readonly threads: readonly number[];
  /** The device that has dcbm's channels. */
  readonly device: Device;
  /** Maximum bytes in flight. */
  readonly maxBatch: number;
  /** Whether page tables are moved as a whole; undefined: the ferry's default. */
  readonly pageTables?: TableMode;
  /** Maximum batches in flight; undefined: the ferry's default. */
  readonly depth?: number;
  /** Bytes moved in each run, a multiple of 2 MiB; with `batch`, at least. */
  readonly bytes: number;
  /** Bytes of each of the two ranges that the plain copies are measured with, a multiple of 2 MiB; undefined: 512 MiB. */
  readonly copyBytes?: number;
  /** Batches that each row moves before it is measured; undefined: 1000. */
  readonly warmUp?: number;
  /** Measured runs of each row. */
  readonly runs: number;
  readonly layout: MoveLayout;
  /** Rows for each; anything but `skip` only with `alternate`. */
  readonly gapModes: readonly GapMode[];
  /** Faults of the rows that offload copies. */
  readonly inject?: ErrorMigratorOptions;
  readonly seed: number;
  /** Notes for the report on how these were chosen. */
  readonly notes?: readonly string[];
}

/** One folio in this many moves in a scattered layout. */
const SCATTER = 10;

/** Bytes of program memory for each byte moved. */
export function memoryFactor(layout: MoveLayout): number {
  if (layout === 'scattered') return SCATTER;
  return layout === 'alternate' ? 2 : 1;
}
