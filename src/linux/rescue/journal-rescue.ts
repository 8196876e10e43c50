import { ERRNO } from '../../common/errno.js';
import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import { PageUndo } from '../memory/page-undo.js';
import { libc } from '../sys/libc.js';
import { advise, fillHole, MADV_DONTNEED } from '../sys/mman.js';
import { Pagemap } from '../sys/pagemap.js';
import { EventReader } from '../userfaultfd/event-reader.js';
import { Userfaultfd } from '../userfaultfd/userfaultfd.js';
import { JOURNAL_BACK, JOURNAL_STUCK, type Journal, type JournalRun } from './journal.js';

/** Tries while a thread is in mremap and may yet queue its event, and the pause between them. */
const EVENT_TRIES = 2000;
const EVENT_PAUSE_US = 50;

/**
 * Brings back what a machine that is gone left out, and makes the program's ranges ordinary memory again, which
 * wakes who waits there. A page that had already arrived on its new node stays there; the others return to where
 * they were. Returns the pages brought back: 0 when another thread has been here before.
 *
 * The memory of the ferry's own is given back; its addresses stay reserved, since a device of the dead machine could
 * still write there. The event reader is ended. A page that cannot be brought back stays in its frame, its waiters asleep rather than let go
 * to read zeros, and the journal says that it is stuck.
 */
export function rescue(journal: Journal): number {
  if (!journal.takeOver()) {
    // The last act asks the reader to end, and does not close its eventfd.
    if (journal.state === JOURNAL_BACK) endReader(journal);
    return 0;
  }
  const pagemap = new Pagemap();
  const uffd = Userfaultfd.adopt(journal.descriptor, pagemap);
  const pageUndo = new PageUndo(uffd, pagemap);
  if (journal.reader !== 0) {
    uffd.reader = EventReader.adopt(journal.reader);
    uffd.reader.abandon();
  }
  // First: a thread may sleep in mremap until its event is read, and no page can be moved until it is.
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
    // Only now: as long as a range is registered, a thread could wait for a page that is given back.
    for (const { address, bytes, own } of spans) if (own) advise(address, bytes, MADV_DONTNEED);
    endReader(journal);
    uffd.close();
  }
  pagemap.close();
  journal.state = stuck ? JOURNAL_STUCK : JOURNAL_BACK;
  return rescued;
}

/** Ends the event reader, before the descriptor's number can be another's. */
function endReader(journal: Journal): void {
  const { reader } = journal;
  if (reader === 0) return;
  journal.readBy(0);
  // Its block stays: the machine that is gone may still hold it.
  EventReader.adopt(reader).stop();
}

/** Gives a run that goes by page table what it may lack: see JournalRun.byTable. Both calls may fail. */
function makeReady(uffd: Userfaultfd, { program, pages }: JournalRun): void {
  const bytes = pages * PAGE_SIZE;
  // One page table at a time, as mremap moves them: the call fails for a part that has a mapping, and for no other.
  for (let at = 0; at < bytes; at += PMD_SIZE) fillHole(program + at, Math.min(PMD_SIZE, bytes - at));
  uffd.register(program, bytes);
}

/** What is left of the tries, of all runs together. */
interface Budget {
  eventTries: number;
}

/** Returns the pages brought back, or -1 when one of them could not be. */
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
      // It has arrived, or it never left. Whoever faulted before it arrived may still be asleep.
      uffd.wake(program + at * PAGE_SIZE, PAGE_SIZE);
      at++;
    } else if (refused && uffd.errno === ERRNO.EAGAIN && budget.eventTries-- > 0) {
      // A thread in mremap may have queued its event after the messages were read.
      uffd.discardMessages();
      libc().usleep(EVENT_PAUSE_US);
      continue;
    } else if (refused && (size === 1 || uffd.errno === ERRNO.EAGAIN)) {
      // EAGAIN: it is no matter of one page.
      const rest = uffd.errno === ERRNO.EAGAIN ? pages - at : 1;
      try {
        pageUndo.salvage(program + at * PAGE_SIZE, frames + at * PAGE_SIZE, rest);
      } catch {
        return -1;
      }
      rescued += rest;
      at += rest;
    }
    // After an error that could be another page's: page by page, until one has gone.
    size = refused && !settled && size > 1 ? 1 : pages - at;
  }
  return rescued;
}
