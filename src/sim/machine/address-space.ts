/** A page table entry: nothing there yet. */
export const PTE_NONE = -1;
/** A migration entry: a thread that touches the page waits until it is mapped again. */
export const PTE_MIGRATION = -2;

/** The page is not shared any more, but its entry is read-only: a child that has exited shared it. */
export const SHARED_ONCE = 1;
/** Another process or another page maps the same frame. */
export const SHARED_NOW = 2;

/** Wakes a thread that has touched a page in flight. */
export type Waiter = () => void;

/** A program's memory: page table, cached translations, and waiting threads. */
export class AddressSpace {
  readonly id: number;
  /** The node of pages that are touched for the first time. */
  readonly home: number;
  /** Pages from 0 on. */
  readonly pages: number;
  /** The entry of each page: a frame, PTE_NONE or PTE_MIGRATION. */
  readonly table: Int32Array;
  /** The accessed bit of each page. A walk of the page table sets it. */
  readonly accessed: Uint8Array;
  /** 1 for each page whose entry is write-protected. Reads continue, writes wait. */
  readonly writeProtected: Uint8Array;
  /** 1 or 2 for each page that is registered for a migration. With 1, a thread that touches an absent page waits. */
  readonly registered: Uint8Array;
  /** SHARED_… or 0 for each page. A thread that writes to a shared page gets its own copy. */
  readonly shared: Uint8Array;
  /** 1 for each page that the kernel may not merge with others (KSM). */
  readonly unmergeable: Uint8Array;
  /** First pages of folios that their owner moves by its own callback. */
  readonly movableOps = new Set<number>();
  readonly tlbs: TranslationBuffer[] = [];
  readonly #waiters = new Map<number, Waiter[]>();
  /** Pages that a thread waits to write to. */
  readonly #writers = new Set<number>();

  constructor(id: number, home: number, pages: number) {
    this.id = id;
    this.home = home;
    this.pages = pages;
    this.table = new Int32Array(pages).fill(PTE_NONE);
    this.accessed = new Uint8Array(pages);
    this.writeProtected = new Uint8Array(pages);
    this.registered = new Uint8Array(pages);
    this.shared = new Uint8Array(pages);
    this.unmergeable = new Uint8Array(pages);
  }

  /** Pages whose entry is write-protected. */
  get protectedPages(): number {
    const { writeProtected } = this;
    let sum = 0;
    for (let page = 0; page < writeProtected.length; page++) sum += writeProtected[page]!;
    return sum;
  }

  /** Threads that wait for a page. */
  get waiting(): number {
    let sum = 0;
    for (const waiters of this.#waiters.values()) sum += waiters.length;
    return sum;
  }

  /** Pages that a thread waits for. */
  get waitedFor(): number[] {
    return [...this.#waiters.keys()];
  }

  /** Shares a page copy-on-write, with a read-only entry. */
  share(page: number, how: number): void {
    this.shared[page] = how;
    for (const tlb of this.tlbs) tlb.forget(page, 1);
  }

  /** Whether a thread waits to write to the page. */
  isWrittenTo(page: number): boolean {
    return this.#writers.has(page);
  }

  wait(page: number, waiter: Waiter, write = false): void {
    if (write) this.#writers.add(page);
    const waiters = this.#waiters.get(page);
    if (waiters === undefined) this.#waiters.set(page, [waiter]);
    else waiters.push(waiter);
  }

  /** Wakes the threads that wait for one of the pages. */
  wake(page: number, pages: number): void {
    if (this.#waiters.size === 0) return;
    for (let k = page; k < page + pages; k++) {
      const waiters = this.#waiters.get(k);
      if (waiters === undefined) continue;
      this.#waiters.delete(k);
      this.#writers.delete(k);
      for (const waiter of waiters) waiter();
    }
  }
}

/** The translations that one processor caches until a flush (TLB). */
export class TranslationBuffer {
  readonly #frames = new Map<number, number>();
  /** Pages cached as read-only. The others are cached as writable, which may be stale. */
  readonly #readOnly = new Set<number>();

  get(page: number): number | undefined {
    return this.#frames.get(page);
  }

  /** The frame of a page, if it is cached as writable. */
  getWritable(page: number): number | undefined {
    return this.#readOnly.has(page) ? undefined : this.#frames.get(page);
  }

  set(page: number, frame: number, writable: boolean): void {
    this.#frames.set(page, frame);
    if (writable) this.#readOnly.delete(page);
    else this.#readOnly.add(page);
  }

  forget(page: number, pages: number): void {
    if (this.#frames.size === 0) return;
    for (let k = page; k < page + pages; k++) {
      this.#frames.delete(k);
      this.#readOnly.delete(k);
    }
  }
}
