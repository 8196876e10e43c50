import type { CopyMode } from '../../mm/copy-mode.js';
import type { BatchMigrator } from '../move/options.js';
import { type RowSpec, rowSpecs } from '../move/row-spec.js';

export const PAGE_SOURCES = ['prefilled', 'kernel'] as const;
/**
 * The source of the huge pages:
 * - `prefilled`: the pool has them.
 * - `kernel`: the kernel allocates them. It got the same number back just before. So the host of a virtual machine has
 *   them too, and both sources are warm.
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
  /** Maximum bytes in flight. */
  readonly batchBytes: number;
  readonly seed: number;
}

/** How a buffer of small pages comes onto huge ones: by migration with `hugePages: 'promote'`, or by madvise(2). */
export type AccessSpec =
  | { readonly how: 'promote'; readonly pages: PageSource; readonly copy: RowSpec }
  | { readonly how: 'collapse'; readonly pages: 'kernel'; readonly copy: undefined };

/** The rows of the table. */
export function accessSpecs({ migrators, threads, sources }: AccessOptions): AccessSpec[] {
  const copies = rowSpecs({ migrators, threads, channels: [1], gapModes: ['skip'] });
  return [
    ...sources.flatMap((pages) => copies.map((copy) => ({ how: 'promote' as const, pages, copy }))),
    { how: 'collapse', pages: 'kernel', copy: undefined },
  ];
}
