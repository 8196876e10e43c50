import { PAGE_SIZE, PMD_PAGES } from '../../common/page.js';
import { MAX_BATCHES_OUT } from '../../mm/pipeline/batch.js';
import type { Journal } from '../rescue/journal.js';
import type { Address } from '../sys/libc.js';

/**
 * What is out of the program's range right now: folios counted by the slot of their batch, and their pages in the
 * journal, so that whoever comes after this thread can bring them back.
 */
export class PagesOut {
  readonly #journal: Journal;
  readonly #folios = new Int32Array(MAX_BATCHES_OUT);

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Folios of the batch in a slot that are out. */
  folios(slot: number): number {
    return this.#folios[slot]!;
  }

  /** Folios of all batches that are out. */
  get allFolios(): number {
    return this.#folios.reduce((sum, folios) => sum + folios, 0);
  }

  /** A run is about to leave. Whole page tables in it may leave, or come back, as such: whoever brings them back has to know. */
  leaving(slot: number, page: number, frames: Address, pages: number): void {
    const table = Math.ceil(page / PMD_PAGES) * PMD_PAGES;
    const byTable = table + PMD_PAGES <= page + pages;
    this.#journal.leaving(slot, page * PAGE_SIZE, frames, pages, byTable);
  }

  /** So many folios of the run that was announced have left. */
  left(slot: number, folios: number): void {
    this.#folios[slot] = this.#folios[slot]! + folios;
  }

  /** What has really left of the run that was announced last. */
  correct(slot: number, runs: readonly (readonly [Address, Address, number])[]): void {
    this.#journal.replaceLast(slot, runs);
  }

  /** So many folios are mapped again. */
  back(slot: number, folios: number): void {
    this.#folios[slot] = this.#folios[slot]! - folios;
    this.clearIfEmpty(slot);
  }

  /** Nothing is out any more, or nothing has left after all: the journal forgets the batch. */
  clearIfEmpty(slot: number): void {
    if (this.#folios[slot] === 0) this.#journal.clear(slot);
  }
}
