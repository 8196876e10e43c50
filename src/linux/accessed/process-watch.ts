import { processWords, WATCHER_WORD } from '../sys/process-memory.js';
import { thisThread } from '../sys/thread-identity.js';

/**
 * One watch at a time in this process, of whichever ferry. The kernel clears the marks of the whole process, so two
 * watches at a time would each lose what the other clears. A thread that has ended holds nothing.
 */
export class ProcessWatch {
  readonly #words = processWords();
  readonly #thread = thisThread();

  /** Returns false while a ferry of another thread watches. */
  begin(): boolean {
    const words = this.#words;
    if (words === undefined) return true;
    const { id } = this.#thread;
    const holder = Atomics.compareExchange(words, WATCHER_WORD, 0, id);
    if (holder === 0 || holder === id) return true;
    if (this.#thread.isAlive(holder)) return false;
    return Atomics.compareExchange(words, WATCHER_WORD, holder, id) === holder;
  }

  end(): void {
    if (this.#words !== undefined) Atomics.compareExchange(this.#words, WATCHER_WORD, this.#thread.id, 0);
  }
}
