import { PMD_PAGES } from '../../common/page.js';
import type { MigrateReason } from '../../mm/reason.js';
import { SWAP_CLUSTER_MAX } from '../callers/demotion.js';
import { COMPACT_CLUSTER_MAX } from '../compaction/zone-compactor.js';
import { type BatchTimes, type BreakevenSettings, timeBatch } from './breakeven.js';

/** The cost of a caller's own batch, baseline and offloaded. */
export interface CallerBatch {
  /** Bytes of a folio. */
  readonly folio: number;
  readonly folios: number;
  /** The place in the kernel that sets the number of folios. */
  readonly source: string;
  readonly baseline: CallerTimes;
  readonly offloaded: CallerTimes;
}

export interface CallerTimes {
  readonly wallNs: number;
  readonly cpuNs: number;
}

/** Undefined for a reason whose callers pass everything there is. */
export function callerBatch(folio: number, settings: BreakevenSettings): CallerBatch | undefined {
  const natural = naturalBatch(settings.reason);
  if (natural === undefined) return undefined;
  const { folios } = natural;
  return {
    ...natural,
    folio,
    baseline: timesOf(timeBatch(folio, folios, false, settings)),
    offloaded: timesOf(timeBatch(folio, folios, true, settings)),
  };
}

function timesOf({ wall, cpu }: BatchTimes): CallerTimes {
  return { wallNs: wall, cpuNs: cpu };
}

/** The number of folios in one call of the kernel's migrate_pages, and where it is set. */
interface NaturalBatch {
  readonly folios: number;
  readonly source: string;
}

/** Undefined for a reason whose callers pass everything there is. */
function naturalBatch(reason: MigrateReason): NaturalBatch | undefined {
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
