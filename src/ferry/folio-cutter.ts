import type { FolioList } from '../mm/folio-list.js';
import type { RegionPages } from './live-machine.js';

/** What of a range need not move. */
export interface CutSkips {
  /** Folios that are on the target already. */
  onTarget: number;
}

/**
 * Cuts a range of a region's pages into folios for a migration: as large as the region's folio size, the
 * natural alignment and the range allow (a head or tail that does not fit gets smaller folios), leaving out
 * what is on the target already. A folio whose pages lie on different nodes is no folio: its pages are
 * listed one by one.
 *
 * Appends to `list` until it holds `limit` folios; returns the index of the first page not considered.
 */
export function cutFolios(
  region: RegionPages,
  from: number,
  to: number,
  maxOrder: number,
  target: number,
  list: FolioList,
  limit: number,
  skips: CutSkips,
): number {
  let index = from;
  for (const span of region.spans) {
    const end = Math.min(to, span.index + span.pages);
    if (index < span.index || index >= end) continue;
    const shift = span.page - span.index;
    while (index < end) {
      if (list.length >= limit) return index;
      const page = index + shift;
      let order = maxOrder;
      while (order > 0 && (page % 2 ** order !== 0 || index + 2 ** order > end)) order--;
      const pages = 1 << order;
      if (region.onOneNode(page, pages)) {
        if (region.nodeAt(page) === target) skips.onTarget++;
        else list.push(page, order);
      } else {
        for (let k = 0; k < pages; k++) {
          if (region.nodeAt(page + k) === target) skips.onTarget++;
          else list.push(page + k, 0);
        }
      }
      index += pages;
    }
  }
  return index;
}
