import { PMD_PAGES } from '../common/page.js';

/**
 * The program's advice on memory by `region.advise`, as in `HeatSnapshot.advice`.
 *
 * @see {@link Region.advise} for an example
 */
export const ADVICE = Object.freeze({
  /** No advice, or `warm`. */
  none: 0,
  /** Used soon and often. */
  hot: 1,
  /** Not used for long. */
  cold: 2,
  /** The pages differ. */
  mixed: 3,
} as const);
/**
 * A name in `ADVICE`.
 *
 * @see {@link Region.advise} for an example
 */
export type AdviceName = keyof typeof ADVICE;
/** The names by number. */
export const ADVICE_NAMES = Object.keys(ADVICE) as readonly AdviceName[];

/**
 * The program's advice on each page of a region, until it gives other advice. No source sees it, and it does not decay.
 * It is a byte a page, once the program has given advice, and a byte for 2 MiB.
 */
export class AdviceRecords {
  #pages = new Uint8Array(0);
  /** The word for each 2 MiB, `mixed` if its pages differ. */
  #blocks = new Uint8Array(0);

  get memoryBytes(): number {
    return this.#pages.length + this.#blocks.length;
  }

  /**
   * The program says something of pages.
   * @param from Index of the first page in the region. @param to Index after the last one.
   * @param advice `ADVICE.none`, `ADVICE.hot` or `ADVICE.cold`
   */
  set(from: number, to: number, advice: number): void {
    const known = Math.min(to, this.#pages.length);
    // Nothing has to be taken back there.
    const end = advice === ADVICE.none ? known : to;
    if (from >= end) return;
    this.#grow(end);
    this.#pages.fill(advice, from, end);
    const first = Math.floor(from / PMD_PAGES);
    const last = Math.floor((end - 1) / PMD_PAGES);
    this.#blocks.fill(advice, first + 1, last);
    for (const block of [first, last]) {
      this.#blocks[block] = this.#uniform(block * PMD_PAGES, (block + 1) * PMD_PAGES);
    }
  }

  /** The advice on all pages from one to before another: one of `ADVICE`. */
  of(from: number, to: number): number {
    let found: number | undefined;
    for (let page = from; page < to; ) {
      const block = Math.floor(page / PMD_PAGES);
      const end = Math.min(to, (block + 1) * PMD_PAGES);
      const whole = this.#blocks[block] ?? ADVICE.none;
      const advice = whole === ADVICE.mixed ? this.#uniform(page, end) : whole;
      if (advice === ADVICE.mixed || (found !== undefined && advice !== found)) return ADVICE.mixed;
      found = advice;
      page = end;
    }
    return found ?? ADVICE.none;
  }

  #uniform(from: number, to: number): number {
    const first = this.#pages[from]!;
    for (let page = from + 1; page < to; page++) if (this.#pages[page] !== first) return ADVICE.mixed;
    return first;
  }

  /** Makes room for whole blocks of 2 MiB. */
  #grow(pages: number): void {
    if (pages <= this.#pages.length) return;
    const blocks = Math.ceil(pages / PMD_PAGES);
    const [grown, whole] = [new Uint8Array(blocks * PMD_PAGES), new Uint8Array(blocks)];
    grown.set(this.#pages);
    whole.set(this.#blocks);
    this.#pages = grown;
    this.#blocks = whole;
  }
}
