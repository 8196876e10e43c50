import type { FolioList } from '../../mm/pipeline/folio-list.js';
import type { OnMarked, PageMarksPort } from '../../mm/ports/access-port.js';
import type { AddressSpace } from './address-space.js';

/** The accessed bits of the simulated page table. Reading and clearing them takes no virtual time, but the flush does. */
export class SimPageMarks implements PageMarksPort {
  readonly #space: AddressSpace;
  readonly #isRegistered: (region: number) => boolean;
  readonly #flush: () => void;
  #region = 0;
  #units: FolioList | undefined;

  constructor(space: AddressSpace, isRegistered: (region: number) => boolean, flush: () => void) {
    this.#space = space;
    this.#isRegistered = isRegistered;
    this.#flush = flush;
  }

  arm(region: number, units: FolioList): number {
    this.#units = undefined;
    if (units.length === 0 || this.#isRegistered(region)) return 0;
    const { accessed, tlbs } = this.#space;
    for (let i = 0; i < units.length; i++) {
      const first = units.page[i]!;
      const pages = 1 << units.order[i]!;
      accessed.fill(0, first, first + pages);
      // A thread with a translation would touch the page unnoticed.
      for (const tlb of tlbs) tlb.forget(first, pages);
    }
    this.#flush();
    this.#region = region;
    this.#units = units;
    return units.length;
  }

  collect(each: OnMarked): void {
    const units = this.#units;
    this.#units = undefined;
    if (units === undefined) return;
    const { accessed } = this.#space;
    for (let i = 0; i < units.length; i++) {
      const first = units.page[i]!;
      const pages = 1 << units.order[i]!;
      let sum = 0;
      for (let page = first; page < first + pages; page++) sum += accessed[page]!;
      each(first, pages, sum, false);
    }
  }

  /** Ends the watch of a region. */
  cancel(region: number): void {
    if (region === this.#region) this.#units = undefined;
  }
}
