import { PAGE_SIZE, PMD_PAGES } from '../../common/page.js';
import { advise, MADV_POPULATE_WRITE } from '../sys/mman.js';
import { PAGE_EXCLUSIVE, PAGE_PRESENT, type Pagemap } from '../sys/pagemap.js';

/**
 * Unshares pages that a forked child left shared copy-on-write, by a write that changes nothing. Only where an absent page
 * cannot make this thread wait. Skips pages that another process still maps, unless `shared`. Returns the number of pages
 * unshared.
 */
export function unsharePages(pagemap: Pagemap, page: number, pages: number, shared: boolean): number {
  const bits = new Uint8Array(PMD_PAGES);
  let unshared = 0;
  for (let done = 0; done < pages; done += PMD_PAGES) {
    const count = Math.min(PMD_PAGES, pages - done);
    pagemap.read((page + done) * PAGE_SIZE, count, bits);
    for (let i = 0; i < count; i++) {
      if ((bits[i]! & PAGE_PRESENT) === 0) continue;
      if (!shared && (bits[i]! & PAGE_EXCLUSIVE) === 0) continue;
      if (advise((page + done + i) * PAGE_SIZE, PAGE_SIZE, MADV_POPULATE_WRITE) === 0) unshared++;
    }
  }
  return unshared;
}
