import { MAX_ORDER, PAGE_SIZE } from '../../common/page.js';
import type { MigrateStats } from '../stats.js';
import type { Batch } from './batch.js';
import { FOLIO_FAILED, FOLIO_MOVED, FOLIO_SPLIT, FOLIO_STAYED } from './folio-state.js';

/** Adds what became of a batch that is over. */
export function countBatch(stats: MigrateStats, batch: Batch): void {
  const { length, state, order, inGap } = batch;
  if (batch.arrived) {
    countMoved(stats, length, batch.pages, 0);
    stats.add('batches', 1);
    return;
  }
  let movedFolios = 0;
  let movedPages = 0;
  let movedThp = 0;
  let gapFolios = 0;
  let gapPages = 0;
  let failedFolios = 0;
  let failedPages = 0;
  let failedThp = 0;
  let absent = 0;
  let split = 0;
  let splitThp = 0;
  for (let i = 0; i < length; i++) {
    const thp = order[i] === MAX_ORDER ? 1 : 0;
    switch (state[i]) {
      case FOLIO_STAYED:
        break;
      case FOLIO_MOVED:
        if (inGap[i] === 1) {
          gapFolios++;
          gapPages += 1 << order[i]!;
          break;
        }
        movedFolios++;
        movedPages += 1 << order[i]!;
        movedThp += thp;
        break;
      case FOLIO_FAILED:
        failedFolios++;
        failedPages += 1 << order[i]!;
        failedThp += thp;
        break;
      case FOLIO_SPLIT:
        split++;
        splitThp += thp;
        break;
      default:
        absent++;
    }
  }
  countMoved(stats, movedFolios, movedPages, movedThp);
  stats.add('nr_failed_pages', failedPages);
  stats.add('pgmigrate_fail', failedPages);
  stats.add('folios_failed', failedFolios);
  stats.add('nr_thp_failed', failedThp);
  stats.add('thp_migration_fail', failedThp);
  stats.add('folios_absent', absent);
  stats.add('splits', split);
  stats.add('nr_split', split);
  stats.add('nr_thp_split', splitThp);
  stats.add('thp_migration_split', splitThp);
  stats.add('gap_folios_moved', gapFolios);
  stats.add('gap_bytes_moved', gapPages * PAGE_SIZE);
  stats.add('batches', 1);
}

function countMoved(stats: MigrateStats, folios: number, pages: number, thp: number): void {
  stats.add('nr_succeeded', pages);
  stats.add('pgmigrate_success', pages);
  stats.add('folios_moved', folios);
  stats.add('bytes_moved', pages * PAGE_SIZE);
  stats.add('nr_thp_succeeded', thp);
  stats.add('thp_migration_success', thp);
}
