import { MAX_ORDER, PMD_PAGES } from '../../common/page.js';
import type { FolioList } from './folio-list.js';

/** The part of a folio list that becomes one batch. */
export interface BatchCut {
  /** Index of the first folio after it. */
  readonly end: number;
  readonly pages: number;
  /** Whether the folios are a run: see BatchShape. */
  readonly run: boolean;
}

/**
 * Cuts the batch that begins with folio `from` of `list`. It has up to `maxPages` base pages and `capacity` folios, but
 * always at least one folio.
 *
 * A run that covers whole page tables becomes a batch of its own. A machine may move a table as one (mremap(2) moves a PMD
 * entry), which one page more or less makes impossible. A table is 512 base pages that begin at a multiple of 512. So:
 * - a run that begins at a table and covers one ends with the last table that it covers;
 * - a run that begins elsewhere ends where the first whole table of the list begins, if the run reaches it.
 *
 * Nothing else shortens a batch. Scattered folios and folios of 2 MiB, which are a table each, fill it.
 */
export function cutBatch(list: FolioList, from: number, maxPages: number, capacity: number): BatchCut {
  const last = Math.min(list.length, from + capacity);
  const runEnd = endOfRun(list, from, last, maxPages);
  if (runEnd > from) {
    const size = 1 << list.order[from]!;
    const end = endAtTable(list, from, runEnd, maxPages, capacity);
    if (end > from) return { end, pages: (end - from) * size, run: true };
  }
  let end = runEnd;
  let pages = runEnd > from ? (runEnd - from) << list.order[from]! : 0;
  while (end < last) {
    const size = 1 << list.order[end]!;
    if (end > from && pages + size > maxPages) break;
    pages += size;
    end++;
  }
  return { end, pages, run: runEnd > from && end === runEnd };
}

/** End of the run that begins with folio `from`: neighbours of one order below 2 MiB, none of which lies in a gap. */
function endOfRun({ page, order, inGap }: FolioList, from: number, last: number, maxPages: number): number {
  const first = order[from]!;
  if (first >= MAX_ORDER) return from;
  const size = 1 << first;
  const limit = Math.min(last, from + Math.max(1, Math.floor(maxPages / size)));
  let end = from;
  let next = page[from]!;
  while (end < limit && page[end] === next && order[end] === first && inGap[end] === 0) {
    next += size;
    end++;
  }
  return end;
}

/** Where the run `from` … `runEnd` must end so that a whole table moves as one. `from` if there is no such place. */
function endAtTable(
  list: FolioList,
  from: number,
  runEnd: number,
  maxPages: number,
  capacity: number,
): number {
  const order = list.order[from]!;
  const ahead = list.page[from]! % PMD_PAGES;
  if (ahead === 0) return from + ((((runEnd - from) << order) >> MAX_ORDER) << (MAX_ORDER - order));
  const table = from + ((PMD_PAGES - ahead) >> order);
  for (const end of [Math.min(table, runEnd), runEnd]) {
    if (holdsTable(list, end) && PMD_PAGES <= maxPages && PMD_PAGES >> list.order[end]! <= capacity)
      return end;
  }
  return from;
}

/** Whether a whole table begins with folio `from`, of one run of folios below 2 MiB. */
function holdsTable(list: FolioList, from: number): boolean {
  const { length, page, order } = list;
  if (from >= length || page[from]! % PMD_PAGES !== 0) return false;
  const end = from + (PMD_PAGES >> order[from]!);
  // The last folio nearly always decides, without a search of the others.
  if (end > length || page[end - 1] !== page[from]! + PMD_PAGES - (1 << order[from]!)) return false;
  return endOfRun(list, from, end, PMD_PAGES) === end;
}
