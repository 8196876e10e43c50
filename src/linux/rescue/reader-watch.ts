import { Pagemap } from '../sys/pagemap.js';
import { EventReader } from '../userfaultfd/event-reader.js';
import { Userfaultfd } from '../userfaultfd/userfaultfd.js';
import { JOURNAL_LIVE, type Journal } from './journal.js';

/**
 * Watches the event reader from a thread other than the one that calls mremap(2). If the reader ends while that thread
 * sleeps in the call, nobody else would read its event.
 *
 * `poll` must not be called once the machine may close, which unmaps the block that it reads.
 */
export class ReaderWatch {
  readonly #journal: Journal;
  #reader: EventReader | undefined;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Reads the pending messages if the reader has ended. Returns whether it has. */
  poll(): boolean {
    const { reader, state } = this.#journal;
    // 0: the kernel has no events, or the machine has failed. A rescuer reads the messages itself.
    if (reader === 0 || state !== JOURNAL_LIVE) return false;
    this.#reader ??= EventReader.adopt(reader);
    if (this.#reader.alive) return false;
    // The migration thread is between two events of its own, and reads them itself.
    if (!this.#reader.tryLock()) return true;
    const pagemap = new Pagemap();
    const ended = this.#reader;
    Userfaultfd.adopt(this.#journal.descriptor, pagemap).readForOwner((...event) => ended.put(...event));
    pagemap.close();
    ended.unlock();
    return true;
  }
}
