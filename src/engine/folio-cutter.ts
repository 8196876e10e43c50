import { MAX_ORDER, PMD_PAGES } from '../common/page.js';
import type { HugePages } from '../mm/huge-pages.js';
import type { FolioList } from '../mm/pipeline/folio-list.js';
import type { RegionPages } from '../mm/ports/region-port.js';

/** What of a range need not move. */
export interface CutSkips {
  /** Folios that are on the target already. */
  onTarget: number;
  /** Folios whose pages lie on different nodes. */
  mixedNode: number;
  /** 2 MiB that are mapped as one, as far as that was asked. */
  huge: number;
}

/** How to cut. */
export interface CutOptions {
  /** Order of the region's folios. */
  readonly maxOrder: number;
  /** Index of the node to move to: what lies there need not move. */
  readonly target: number;
  /** Folios that the list is filled up to. */
  readonly limit: number;
  /** Index from which on no folio begins, though one may reach beyond it. Default: the end of the range. */
  readonly until?: number | undefined;
  /**
   * Lists short gaps, too: folios on the target between two that are to move. They move along (from the target to
   * the target), because one call for all is cheaper than one for each side of the gap.
   */
  readonly moveGaps: boolean;
  /** Default: folios are of the region's size, whatever maps them. */
  readonly huge?:
    | {
        readonly pages: HugePages;
        /** Whether the 2 MiB that begin at a page are mapped as one. */
        isHuge(page: number): boolean;
      }
    | undefined;
}

/**
 * The longest gap worth moving, in base pages. To step over one takes two calls more. To move it, its pages move
 * along. At four pages that pays only where others copy meanwhile (docs/performance.md, "Gaps").
 */
export const MAX_GAP_PAGES = 4;

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
  options: CutOptions,
  list: FolioList,
  skips: CutSkips,
): number {
  const { target, limit, until = to, moveGaps, huge } = options;
  const maxOrder = huge?.pages === 'split' ? Math.min(options.maxOrder, MAX_ORDER - 1) : options.maxOrder;
  const keeps = huge !== undefined && huge.pages !== 'split';
  const gap = new Gap(list);
  /** `anywhere`: it is to move, wherever it is. */
  const consider = (page: number, order: number, anywhere: boolean): void => {
    if (anywhere || region.nodeAt(page) !== target) {
      if (moveGaps) gap.close(page);
      list.push(page, order);
    } else {
      skips.onTarget++;
      if (moveGaps) gap.add(page, order);
    }
  };
  const isHuge = (page: number): boolean => {
    if (huge?.isHuge(page) !== true) return false;
    skips.huge++;
    return true;
  };
  const goesAsHuge = (page: number): boolean => keeps && (huge.pages === 'promote' || huge.isHuge(page));
  let index = from;
  for (const span of region.spans) {
    const end = Math.min(to, span.index + span.pages);
    if (index < span.index || index >= end) continue;
    const shift = span.page - span.index;
    while (index < end) {
      if (list.length >= limit || index >= until) return index;
      const page = index + shift;
      const table = !moveGaps && maxOrder < MAX_ORDER && isWholeTable(region, page, end - index, target);
      if (table && list.length + (PMD_PAGES >> maxOrder) <= limit && !goesAsHuge(page)) {
        list.pushRun(page, maxOrder, PMD_PAGES >> maxOrder);
        index += PMD_PAGES;
        continue;
      }
      let order = maxOrder;
      let promote = false;
      if (keeps && page % PMD_PAGES === 0 && index + PMD_PAGES <= end) {
        const alreadyHuge = isHuge(page);
        promote = huge.pages === 'promote' && !alreadyHuge;
        if (alreadyHuge || promote) order = MAX_ORDER;
      }
      while (order > 0 && (page % 2 ** order !== 0 || index + 2 ** order > end)) order--;
      const pages = 1 << order;
      if (order === 0 || region.onOneNode(page, pages)) {
        consider(page, order, promote);
      } else {
        skips.mixedNode++;
        for (let k = 0; k < pages; k++) consider(page + k, 0, false);
      }
      index += pages;
    }
  }
  return index;
}

/** Whether a whole page table begins at `page`, lies in the range, and all of it moves. */
function isWholeTable(region: RegionPages, page: number, pagesLeft: number, target: number): boolean {
  if (page % PMD_PAGES !== 0 || pagesLeft < PMD_PAGES) return false;
  return region.nodeAt(page) !== target && region.onOneNode(page, PMD_PAGES);
}

/** Folios on the target since the last that was listed, as long as they are few and follow it without a break. */
class Gap {
  readonly #list: FolioList;
  readonly #page = new Float64Array(MAX_GAP_PAGES);
  readonly #order = new Uint8Array(MAX_GAP_PAGES);
  #length = 0;
  #pages = 0;

  constructor(list: FolioList) {
    this.#list = list;
  }

  add(page: number, order: number): void {
    if (this.#pages <= MAX_GAP_PAGES && this.#length < MAX_GAP_PAGES) {
      this.#page[this.#length] = page;
      this.#order[this.#length] = order;
      this.#length++;
    }
    this.#pages += 1 << order;
  }

  /** The folio at `page` is to move: the gap before it is listed, if it is one and short enough. */
  close(page: number): void {
    const list = this.#list;
    const last = list.length - 1;
    const pages = this.#pages;
    const gapLength = this.#length;
    this.#length = 0;
    this.#pages = 0;
    if (pages === 0 || pages > MAX_GAP_PAGES || last < 0) return;
    if (list.page[last]! + (1 << list.order[last]!) + pages !== page) return;
    for (let i = 0; i < gapLength; i++) list.push(this.#page[i]!, this.#order[i]!, 1);
  }
}
