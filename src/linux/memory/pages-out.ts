import { PAGE_SIZE, PMD_PAGES } from '../../common/page.js';
import { MAX_BATCHES_OUT } from '../../mm/pipeline/batch.js';
import type { Journal } from '../rescue/journal.js';
import type { Address } from '../sys/libc.js';

/** The unmapped pages: folios counted by the slot of their batch, and their pages in the journal for a rescuer. */
export class PagesOut {
  readonly #journal: Journal;
  readonly #folios = new Int32Array(MAX_BATCHES_OUT);

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  folios(slot: number): number {
    return this.#folios[slot]!;
  }

  get allFolios(): number {
    return this.#folios.reduce((sum, folios) => sum + folios, 0);
  }

  /** A run is about to leave. A rescuer must know if page tables in it may leave, or come back, as a whole. */
  leaving(slot: number, page: number, frames: Address, pages: number): void {
    const table = Math.ceil(page / PMD_PAGES) * PMD_PAGES;
    const byTable = table + PMD_PAGES <= page + pages;
    this.#journal.leaving(slot, page * PAGE_SIZE, frames, pages, byTable);
  }

  /** `folios` folios of the announced run have left. */
  left(slot: number, folios: number): void {
    this.#folios[slot] = this.#folios[slot]! + folios;
  }

  /** Replaces the last announced run by the runs that have really left. */
  correct(slot: number, runs: readonly (readonly [Address, Address, number])[]): void {
    this.#journal.replaceLast(slot, runs);
  }

  /** `folios` folios are mapped again. */
  back(slot: number, folios: number): void {
    this.#folios[slot] = this.#folios[slot]! - folios;
    this.clearIfEmpty(slot);
  }

  /** Clears the batch in the journal if none of its folios is unmapped. */
  clearIfEmpty(slot: number): void {
    if (this.#folios[slot] === 0) this.#journal.clear(slot);
  }
}
