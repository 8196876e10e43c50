import { MAX_ORDER, PAGE_SIZE } from '../../common/page.js';
import type { MigrateStats } from '../stats.js';
import type { Batch } from './batch.js';
import { FOLIO_FAILED, FOLIO_MOVED, FOLIO_SPLIT, FOLIO_STAYED } from './folio-state.js';

/** The outcome of a batch, in folios and base pages. The object is reused for the next batch. */
export class BatchOutcome {
  movedFolios = 0;
  movedPages = 0;
  movedThp = 0;
  gapFolios = 0;
  gapPages = 0;
  failedFolios = 0;
  failedPages = 0;
  failedThp = 0;
  absent = 0;
  split = 0;
  splitThp = 0;

  /** Counts the folios of a batch. Each has reached its final state. */
  count(batch: Batch): this {
    if (batch.arrived) this.#countArrived(batch);
    else this.#countEach(batch);
    return this;
  }

  addTo(stats: MigrateStats): void {
    stats.add('nr_succeeded', this.movedPages);
    stats.add('folios_moved', this.movedFolios);
    stats.add('bytes_moved', this.movedPages * PAGE_SIZE);
    stats.add('nr_thp_succeeded', this.movedThp);
    stats.add('batches', 1);
    if (this.#onlyMoved) return;
    stats.add('nr_failed_pages', this.failedPages);
    stats.add('folios_failed', this.failedFolios);
    stats.add('nr_thp_failed', this.failedThp);
    stats.add('folios_absent', this.absent);
    stats.add('splits', this.split);
    stats.add('nr_thp_split', this.splitThp);
    stats.add('gap_folios_moved', this.gapFolios);
    stats.add('gap_bytes_moved', this.gapPages * PAGE_SIZE);
  }

  get #onlyMoved(): boolean {
    return this.failedFolios === 0 && this.absent === 0 && this.split === 0 && this.gapFolios === 0;
  }

  #countEach({ length, state, order, inGap }: Batch): void {
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
      const pages = 1 << order[i]!;
      const thp = order[i] === MAX_ORDER ? 1 : 0;
      switch (state[i]) {
        case FOLIO_STAYED:
          break;
        case FOLIO_MOVED:
          if (inGap[i] === 1) {
            gapFolios++;
            gapPages += pages;
            break;
          }
          movedFolios++;
          movedPages += pages;
          movedThp += thp;
          break;
        case FOLIO_FAILED:
          failedFolios++;
          failedPages += pages;
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
    this.movedFolios = movedFolios;
    this.movedPages = movedPages;
    this.movedThp = movedThp;
    this.gapFolios = gapFolios;
    this.gapPages = gapPages;
    this.failedFolios = failedFolios;
    this.failedPages = failedPages;
    this.failedThp = failedThp;
    this.absent = absent;
    this.split = split;
    this.splitThp = splitThp;
  }

  #countArrived({ length, pages }: Batch): void {
    this.movedFolios = length;
    this.movedPages = pages;
    this.movedThp = 0;
    this.gapFolios = 0;
    this.gapPages = 0;
    this.failedFolios = 0;
    this.failedPages = 0;
    this.failedThp = 0;
    this.absent = 0;
    this.split = 0;
    this.splitThp = 0;
  }
}
