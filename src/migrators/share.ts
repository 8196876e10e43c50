import type { CopyList } from '../offload/migrator.js';

export function pagesOf({ length, order, runPages = 0 }: CopyList): number {
  if (runPages > 0) return runPages;
  let pages = 0;
  for (let i = 0; i < length; i++) pages += 1 << order[i]!;
  return pages;
}

/** End (exclusive) of the run that begins at folio `first`: folios that are adjacent in source and in destination. */
export function runEnd({ length, src, dst, order, runPages = 0 }: CopyList, first: number): number {
  if (runPages > 0) return length;
  let pages = 1 << order[first]!;
  let end = first + 1;
  while (end < length && src[end] === src[first]! + pages && dst[end] === dst[first]! + pages) {
    pages += 1 << order[end]!;
    end++;
  }
  return end;
}

/** Base pages of the run of folios from `first` to before `end`. */
export function runPages({ src, order }: CopyList, first: number, end: number): number {
  return src[end - 1]! + (1 << order[end - 1]!) - src[first]!;
}

/**
 * Divides the folios of a list into `shares` shares, near-evenly by pages. Fills `ends[k]` with the index after the
 * last folio of share `k`. Each share gets at least one folio, so `shares` is at most the number of folios.
 */
export function divide(list: CopyList, pages: number, shares: number, ends: Uint32Array): void {
  if (shares === 1 || (list.runPages ?? 0) > 0) {
    divideRun(list, pages, shares, ends);
    return;
  }
  const { length, order } = list;
  let folio = 0;
  let taken = 0;
  for (let k = 0; k < shares; k++) {
    const goal = (pages * (k + 1)) / shares;
    // Leave at least one for each other share.
    const last = length - (shares - 1 - k);
    do {
      taken += 1 << order[folio]!;
      folio++;
    } while (folio < last && taken + (1 << order[folio]!) / 2 <= goal);
    ends[k] = k === shares - 1 ? length : folio;
  }
}

/** `divide` for a run, or for one share. In a run, `dst` gives the pages before a folio, so none need be summed. */
function divideRun({ length, dst, order }: CopyList, pages: number, shares: number, ends: Uint32Array): void {
  let folio = 0;
  for (let k = 0; k < shares - 1; k++) {
    const goal = dst[0]! + (pages * (k + 1)) / shares;
    // Find the first folio, after one for this share, whose middle lies beyond the goal.
    let low = folio + 1;
    let high = length - (shares - 1 - k);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (dst[middle]! + (1 << order[middle]!) / 2 <= goal) low = middle + 1;
      else high = middle;
    }
    folio = low;
    ends[k] = folio;
  }
  ends[shares - 1] = length;
}
