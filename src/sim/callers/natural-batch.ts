import type { MigrateReason } from '../../mm/reason.js';
import { COMPACT_CLUSTER_MAX } from '../compaction/zone-compactor.js';
import { SWAP_CLUSTER_MAX } from './demotion.js';

/** How many folios the kernel hands to migrate_pages at once for a reason, and where that is decided. */
export interface NaturalBatch {
  readonly folios: number;
  readonly source: string;
}

/** Base pages of one PMD (NR_MAX_BATCHED_MIGRATION). */
const PMD_PAGES = 512;

/** Undefined for a reason whose callers give whatever there is. */
export function naturalBatch(reason: MigrateReason): NaturalBatch | undefined {
  switch (reason) {
    case 'compaction':
      return { folios: COMPACT_CLUSTER_MAX, source: 'COMPACT_CLUSTER_MAX, include/linux/swap.h' };
    case 'demotion':
      return { folios: SWAP_CLUSTER_MAX, source: 'SWAP_CLUSTER_MAX, include/linux/swap.h' };
    case 'numa_misplaced':
      return { folios: 1, source: 'migrate_misplaced_folio, mm/migrate.c' };
    case 'syscall':
    case 'mempolicy_mbind':
      return { folios: PMD_PAGES, source: 'NR_MAX_BATCHED_MIGRATION, mm/migrate.c, of base pages' };
    default:
      return undefined;
  }
}
