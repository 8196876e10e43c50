/** The largest free block: 2^10 pages (the kernel's MAX_PAGE_ORDER). */
export const MAX_BLOCK_ORDER = 10;

const NONE = -1;

/**
 * A zone's free pages as the kernel keeps them (mm/page_alloc.c): naturally aligned blocks of 2^order pages, with a list for
 * each order. A freed block merges with its free buddy. Pages are numbered from 0.
 */
export class BuddyAllocator {
  readonly pages: number;
  #free = 0;
  /** Order of the free block that begins at a page; NONE elsewhere. */
  readonly #order: Int8Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #heads = new Int32Array(MAX_BLOCK_ORDER + 1).fill(NONE);

  /** All pages are free. */
  constructor(pages: number) {
    this.pages = pages;
    this.#order = new Int8Array(pages);
    this.#next = new Int32Array(pages);
    this.#previous = new Int32Array(pages);
    this.reset();
  }

  /** Makes it as new: all pages are free. */
  reset(): void {
    // The links of a page are only read while it begins a free block, so they need no initial value.
    this.#order.fill(NONE);
    this.#heads.fill(NONE);
    this.#free = 0;
    // From the end, so that the first block is taken first.
    let end = this.pages;
    while (end > 0) {
      let order = MAX_BLOCK_ORDER;
      while (end % 2 ** order !== 0) order--;
      end -= 2 ** order;
      this.#push(end, order);
      this.#free += 2 ** order;
    }
  }

  get freePages(): number {
    return this.#free;
  }

  /** First page of a block of 2^order pages, or -1 when there is none. */
  take(order: number): number {
    let found = order;
    while (found <= MAX_BLOCK_ORDER && this.#heads[found] === NONE) found++;
    if (found > MAX_BLOCK_ORDER) return -1;
    const page = this.#heads[found]!;
    this.#remove(page, found);
    this.#split(page, found, page, order);
    this.#free -= 2 ** order;
    return page;
  }

  /** Takes this page. False when it is not free. */
  takePage(page: number): boolean {
    for (let order = 0; order <= MAX_BLOCK_ORDER; order++) {
      const block = page - (page % 2 ** order);
      if (this.#order[block] !== order) continue;
      this.#remove(block, order);
      this.#split(block, order, page, 0);
      this.#free -= 1;
      return true;
    }
    return false;
  }

  /** Order of the free block that `page` lies in, or -1 when it is not free. */
  blockOrder(page: number): number {
    for (let order = 0; order <= MAX_BLOCK_ORDER; order++) {
      if (this.#order[page - (page % 2 ** order)] === order) return order;
    }
    return -1;
  }

  /** Frees 2^order pages from `page` on, a multiple of 2^order. */
  give(page: number, order: number): void {
    let block = page;
    let size = order;
    this.#free += 2 ** order;
    while (size < MAX_BLOCK_ORDER) {
      const buddy = block ^ (1 << size);
      if (buddy + 2 ** size > this.pages || this.#order[buddy] !== size) break;
      this.#remove(buddy, size);
      block = Math.min(block, buddy);
      size++;
    }
    this.#push(block, size);
  }

  /** Free blocks of each order (what /proc/buddyinfo shows). */
  blocks(): number[] {
    const counts = new Array<number>(MAX_BLOCK_ORDER + 1).fill(0);
    for (let page = 0; page < this.pages; page++) {
      const order = this.#order[page]!;
      if (order !== NONE) counts[order]!++;
    }
    return counts;
  }

  /** Halves a block of `order` that is on no list until the part with `page` is of `wanted`; frees the other parts. */
  #split(block: number, order: number, page: number, wanted: number): void {
    let first = block;
    for (let size = order - 1; size >= wanted; size--) {
      const half = 2 ** size;
      if (page >= first + half) {
        this.#push(first, size);
        first += half;
      } else {
        this.#push(first + half, size);
      }
    }
  }

  #push(page: number, order: number): void {
    const head = this.#heads[order]!;
    this.#order[page] = order;
    this.#next[page] = head;
    this.#previous[page] = NONE;
    if (head !== NONE) this.#previous[head] = page;
    this.#heads[order] = page;
  }

  #remove(page: number, order: number): void {
    const next = this.#next[page]!;
    const previous = this.#previous[page]!;
    if (previous === NONE) this.#heads[order] = next;
    else this.#next[previous] = next;
    if (next !== NONE) this.#previous[next] = previous;
    this.#order[page] = NONE;
  }
}
