import { ERRNO } from '../../common/errno.js';
import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import { releaseOf } from '../accessed/damon-control.js';
import { PageUndo } from '../memory/page-undo.js';
import { libc } from '../sys/libc.js';
import { advise, fillHole, MADV_DONTNEED } from '../sys/mman.js';
import { Pagemap } from '../sys/pagemap.js';
import { EventReader } from '../userfaultfd/event-reader.js';
import { Userfaultfd } from '../userfaultfd/userfaultfd.js';
import { JOURNAL_BACK, JOURNAL_STUCK, type Journal, type JournalRun } from './journal.js';

/** Tries while a thread is in mremap and may still queue its event, and the pause between them. */
const EVENT_TRIES = 2000;
const EVENT_PAUSE_US = 50;

/**
 * Brings back the pages that a failed machine left unmapped, and makes the program's ranges ordinary memory again, which
 * wakes their waiters. A page that had already arrived on its new node stays there. The others return to their source.
 * Returns the number of pages brought back, or 0 if another thread has done it before.
 *
 * The ferry's own memory is freed. Its addresses stay reserved, because a device of the failed machine could still write
 * there. The event reader is ended. A page that cannot be brought back stays in its frame, and the journal says that it is
 * stuck. Its waiters stay asleep, because otherwise they would read zeros.
 */
export function rescue(journal: Journal): number {
  endWatches(journal);
  if (!journal.takeOver()) {
    // The last act makes the reader end, but does not close its eventfd.
    if (journal.state === JOURNAL_BACK) endReader(journal);
    return 0;
  }
  const pagemap = new Pagemap();
  const reader = journal.reader === 0 ? undefined : EventReader.adopt(journal.reader);
  const uffd = Userfaultfd.adopt(journal.descriptor, pagemap, reader);
  const pageUndo = new PageUndo(uffd, pagemap);
  reader?.abandon();
  // First, because a thread may sleep in mremap until its event is read, and no page can move until then.
  uffd.discardMessages();
  let rescued = 0;
  let stuck = false;
  const budget: Budget = { eventTries: EVENT_TRIES };
  for (const run of journal.runs()) {
    if (run.byTable) makeReady(uffd, run);
    const pages = undoRun(uffd, pageUndo, run, budget);
    if (pages < 0) stuck = true;
    else rescued += pages;
  }
  if (!stuck) {
    const spans = journal.spans();
    for (const { address, bytes } of spans) uffd.unregister(address, bytes);
    // Only now, because in a registered range a thread could wait for a page that is freed.
    for (const { address, bytes, own } of spans) if (own) advise(address, bytes, MADV_DONTNEED);
    endReader(journal);
    uffd.close();
  }
  pagemap.close();
  journal.state = stuck ? JOURNAL_STUCK : JOURNAL_BACK;
  return rescued;
}

/**
 * Ends what access sources have left. They make no thread wait, so this is not urgent. The last act closes the userfaultfd. It
 * leaves a kdamond to this function, or to the next ferry of the process that uses DAMON.
 */
function endWatches(journal: Journal): void {
  const writesWatch = journal.takeWritesWatch();
  if (writesWatch !== 0) libc().close(writesWatch);
  const { damon } = journal;
  journal.damon = 0;
  if (damon !== 0) releaseOf(damon);
}

/** Ends the event reader, before the descriptor's number can be reused. */
function endReader(journal: Journal): void {
  const { reader } = journal;
  if (reader === 0) return;
  journal.readBy(0);
  // Its block stays mapped, because the failed machine may still refer to it.
  EventReader.adopt(reader).stop();
}

/** Prepares the range of a run that moved by page table: see JournalRun.byTable. Both calls may fail. */
function makeReady(uffd: Userfaultfd, { program, pages }: JournalRun): void {
  const bytes = pages * PAGE_SIZE;
  // One page table at a time, as mremap moves them, because the call fails for the whole range if a part is mapped.
  for (let at = 0; at < bytes; at += PMD_SIZE) fillHole(program + at, Math.min(PMD_SIZE, bytes - at));
  uffd.register(program, bytes);
}

/** The remaining tries for all runs. */
interface Budget {
  eventTries: number;
}

/** Returns the number of pages brought back, or -1 if one could not be. */
function undoRun(
  uffd: Userfaultfd,
  pageUndo: PageUndo,
  { program, frames, pages }: JournalRun,
  budget: Budget,
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
      // It has arrived, or it never left. A thread that faulted before it arrived may still be asleep.
      uffd.wake(program + at * PAGE_SIZE, PAGE_SIZE);
      at++;
    } else if (refused && uffd.errno === ERRNO.EAGAIN && budget.eventTries-- > 0) {
      // A thread in mremap may have queued its event after the messages were read.
      uffd.discardMessages();
      libc().usleep(EVENT_PAUSE_US);
      continue;
    } else if (refused && (size === 1 || uffd.errno === ERRNO.EAGAIN)) {
      // EAGAIN does not concern a single page.
      const rest = uffd.errno === ERRNO.EAGAIN ? pages - at : 1;
      try {
        pageUndo.salvage(program + at * PAGE_SIZE, frames + at * PAGE_SIZE, rest);
      } catch {
        return -1;
      }
      rescued += rest;
      at += rest;
    }
    // After an error that may be another page's: page by page, until one has moved.
    size = refused && !settled && size > 1 ? 1 : pages - at;
  }
  return rescued;
}
