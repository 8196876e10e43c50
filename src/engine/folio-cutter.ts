import { MAX_ORDER, PMD_PAGES } from '../common/page.js';
import type { HugePages } from '../mm/huge-pages.js';
import type { FolioList } from '../mm/pipeline/folio-list.js';
import type { RegionPages } from '../mm/ports/region-port.js';

/** The folios of a range that need not move. */
export interface CutSkips {
  /** Folios that are on the target already. */
  onTarget: number;
  /** Folios with pages on different nodes. */
  mixedNode: number;
  /** Mappings of 2 MiB, as far as they were checked. */
  huge: number;
}

export interface CutOptions {
  /** Order of the region's folios. */
  readonly maxOrder: number;
  /** Index of the target node. Folios on it need not move. */
  readonly target: number;
  /** The maximum length of the list, in folios. */
  readonly limit: number;
  /** No folio begins at this index or after it, though one may reach beyond it. Default: the end of the range. */
  readonly until?: number | undefined;
  /**
   * Whether to list short gaps too: folios on the target between two that must move. They move from the target to the
   * target, because one call for all is cheaper than one call for each side of the gap.
   */
  readonly moveGaps: boolean;
  /** Default: folios have the region's size, whatever maps them. */
  readonly huge?:
    | {
        readonly pages: HugePages;
        /** Whether one entry maps the 2 MiB that begin at a page. */
        isHuge(page: number): boolean;
      }
    | undefined;
}

/**
 * The longest gap worth moving, in base pages. Stepping over a gap takes two calls more, moving it takes its pages along.
 * With four pages that pays only while other threads copy (docs/performance.md, "Gaps").
 */
export const MAX_GAP_PAGES = 4;

/**
 * Cuts a range of a region's pages into folios for a migration. They are as large as the region's folio size, natural
 * alignment and the range allow. A head or tail that does not fit gets smaller folios. Folios on the target are left out. A
 * folio with pages on different nodes is listed page by page.
 *
 * Appends to `list` until it holds `limit` folios. Returns the index of the first page not considered.
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
  /** `anywhere`: the folio moves even if it is on the target. */
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

/** Whether the whole page table that begins at `page` is in the range and moves. */
function isWholeTable(region: RegionPages, page: number, pagesLeft: number, target: number): boolean {
  if (page % PMD_PAGES !== 0 || pagesLeft < PMD_PAGES) return false;
  return region.nodeAt(page) !== target && region.onOneNode(page, PMD_PAGES);
}

/** The folios on the target after the last listed folio, while they follow it without a break and are few. */
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

  /** The folio at `page` moves. Lists the gap before it, if there is one and it is short enough. */
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
