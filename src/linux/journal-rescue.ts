import { ERRNO } from '../mm/errno.js';
import { PAGE_SIZE } from '../mm/page.js';
import { JOURNAL_BACK, JOURNAL_STUCK, type Journal, type JournalRun } from './journal.js';
import { advise, MADV_DONTNEED } from './mman.js';
import { PageReturn } from './page-return.js';
import { Pagemap } from './pagemap.js';
import { Userfaultfd } from './userfaultfd.js';

/**
 * Brings back what a machine that is gone left out, and makes the program's ranges ordinary memory again, which
 * wakes who waits there. A page that had already arrived on its new node stays there; the others return to where
 * they were. Returns the pages brought back: 0 when another thread has been here before.
 *
 * The memory of the pools is given back; their addresses stay reserved, since a device of the dead machine could
 * still write there. A page that cannot be brought back stays in its frame, its waiters asleep rather than let go
 * to read zeros, and the journal says that it is stuck.
 */
export function rescue(journal: Journal): number {
  if (!journal.takeOver()) return 0;
  const pagemap = new Pagemap();
  const uffd = Userfaultfd.adopt(journal.descriptor, pagemap);
  const pageReturn = new PageReturn(uffd, pagemap);
  let rescued = 0;
  let stuck = false;
  for (const run of journal.runs()) {
    const pages = bringBack(uffd, pageReturn, run);
    if (pages < 0) stuck = true;
    else rescued += pages;
  }
  if (!stuck) {
    for (const { address, bytes } of journal.spans()) uffd.unregister(address, bytes);
    const { pools } = journal;
    advise(pools.address, pools.bytes, MADV_DONTNEED);
    uffd.close();
  }
  pagemap.close();
  journal.state = stuck ? JOURNAL_STUCK : JOURNAL_BACK;
  return rescued;
}

/** Returns the pages brought back, or -1 when one of them could not be. */
function bringBack(
  uffd: Userfaultfd,
  pageReturn: PageReturn,
  { program, frames, pages }: JournalRun,
): number {
  let rescued = 0;
  let at = 0;
  let size = pages;
  while (at < pages) {
    const to = program + at * PAGE_SIZE;
    const from = frames + at * PAGE_SIZE;
    const moved = uffd.move(to, from, size * PAGE_SIZE, false) / PAGE_SIZE;
    rescued += moved;
    at += moved;
    const refused = moved < size;
    const settled = uffd.errno === ERRNO.EEXIST || uffd.errno === ERRNO.ENOENT;
    if (refused && settled) {
      // It has arrived, or it never left. Whoever faulted before it arrived may still be asleep.
      uffd.wake(program + at * PAGE_SIZE, PAGE_SIZE);
      at++;
    } else if (refused && size === 1) {
      try {
        pageReturn.bringBack(to, from, 1);
      } catch {
        return -1;
      }
      rescued++;
      at++;
    }
    // After an error that could be another page's: page by page, until one has gone.
    size = refused && !settled && size > 1 ? 1 : pages - at;
  }
  return rescued;
}
