import { MAX_ORDER } from '../common/page.js';

/** The largest folio that begins at a page and has at most `pages` pages. */
export function orderAt(page: number, pages: number): number {
  let order = Math.min(MAX_ORDER, Math.floor(Math.log2(pages)));
  while (page % (1 << order) !== 0) order--;
  return order;
}
