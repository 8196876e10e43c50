import type { MigrateOptions } from '../../src/index.js';

/** A way to migrate a heap. */
export interface Way {
  readonly migrator: 'mtcopy' | 'dcbm';
  readonly copyMode: 'exclusive' | 'write-protected';
  readonly folioSize: number;
}

const FOLIO_SIZES = [4096, 65536, 2 ** 21] as const;
const COPY_MODES = ['exclusive', 'write-protected'] as const;
const MIGRATORS = ['mtcopy', 'dcbm'] as const;

/** All ways. A program should make at least as many calls. */
export const WAYS: readonly Way[] = FOLIO_SIZES.flatMap((folioSize) =>
  COPY_MODES.flatMap((copyMode) => MIGRATORS.map((migrator) => ({ migrator, copyMode, folioSize }) as const)),
);

export function nameOf({ migrator, copyMode, folioSize }: Way): string {
  const size = folioSize < 2 ** 20 ? `${folioSize / 1024}K` : `${folioSize / 2 ** 20}M`;
  return `${migrator}, ${copyMode}, ${size}`;
}

/** Base pages of the small batches: many of them, each a chance to be touched while it is out. */
const SMALL_BATCH_BYTES = 64 * 4096;

/**
 * The options of the i-th migration of a heap, to and fro. Small folios leave huge pages, so that whole page tables can
 * move; every second round trip of large ones makes huge pages. Every third migration has small batches.
 */
export function migrationOptions(way: Way, i: number, nodes: readonly [number, number]): MigrateOptions {
  const promoted = way.folioSize === 2 ** 21 && i % 4 < 2;
  return {
    to: nodes[(i + 1) % 2]!,
    copyMode: way.copyMode,
    hugePages: promoted ? 'promote' : way.folioSize === 4096 ? 'split' : 'keep',
    ...(i % 3 === 2 && { batchBytes: SMALL_BATCH_BYTES }),
  };
}
