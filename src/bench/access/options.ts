import type { CopyMode } from '../../mm/copy-mode.js';
import type { BatchMigrator } from '../harness/batch-migrators.js';

export const PAGE_SOURCES = ['prefilled', 'kernel'] as const;
/**
 * Where the huge pages come from:
 * - `prefilled`: the pool has them.
 * - `kernel`: nobody has them yet. The kernel was given as many back just before, so that a virtual machine's host has
 *   them: warm is compared with warm.
 */
export type PageSource = (typeof PAGE_SOURCES)[number];

export interface AccessOptions {
  /** Bytes of each buffer, a multiple of 2 MiB. */
  readonly bytes: number;
  /** Accesses of each kind in each measurement. */
  readonly accesses: number;
  /** Measured runs of each row. */
  readonly runs: number;
  /** A row of promotion for each, and for each of `sources`. */
  readonly migrators: readonly BatchMigrator[];
  /** Threads of mtcopy, the migration thread included. */
  readonly threads: readonly number[];
  readonly sources: readonly PageSource[];
  readonly copyMode: CopyMode;
  /** Bytes that are out at once at most. */
  readonly batchBytes: number;
  readonly seed: number;
}
