/** A page table entry: nothing there yet. */
export const PTE_NONE = -1;
/** A migration entry: whoever touches the page waits until it is mapped again. */
export const PTE_MIGRATION = -2;

/** Nobody maps the frame of a page besides, but its entry says that somebody may: a child that has gone shared it. */
export const SHARED_ONCE = 1;
/** Another process, or another page of this one, maps the same frame. */
export const SHARED_NOW = 2;

/** A thread that has touched a page which is out. */
export type Waiter = () => void;

/** A program's memory: page table, translations that its threads still remember, and who waits. */
export class AddressSpace {
  readonly id: number;
  /** The node on which a page appears when it is touched for the first time. */
  readonly home: number;
  /** Pages from 0 on. */
  readonly pages: number;
  /** By page: the frame, PTE_NONE or PTE_MIGRATION. */
  readonly table: Int32Array;
  /** By page: 1 when a thread has walked the page table for it since somebody cleared it. */
  readonly accessed: Uint8Array;
  /** By page: 1 while its entry is write-protected. Whoever reads it goes on, whoever writes to it waits. */
  readonly writeProtected: Uint8Array;
  /**
   * By page: 1 while it is registered for a migration, so that whoever touches it for the first time waits. 2 while it is
   * registered, and nobody waits for that.
   */
  readonly registered: Uint8Array;
  /** By page: SHARED_… while another process, or another page, has the same frame. A thread that writes to it gets a page of its own. */
  readonly shared: Uint8Array;
  /** By page: 1 while the kernel may not merge it with others (KSM). */
  readonly unmergeable: Uint8Array;
  /** First pages of folios that their owner moves with a callback of its own. */
  readonly movableOps = new Set<number>();
  readonly tlbs: TranslationBuffer[] = [];
  readonly #waiters = new Map<number, Waiter[]>();

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
    return this.writeProtected.reduce((sum, each) => sum + each, 0);
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

  /** A page is shared copy-on-write from here on; its entry is read-only. */
  share(page: number, how: number): void {
    this.shared[page] = how;
    for (const tlb of this.tlbs) tlb.forget(page, 1);
  }

  wait(page: number, waiter: Waiter): void {
    const waiters = this.#waiters.get(page);
    if (waiters === undefined) this.#waiters.set(page, [waiter]);
    else waiters.push(waiter);
  }

  /** Whoever waits for one of the pages goes on. */
  wake(page: number, pages: number): void {
    if (this.#waiters.size === 0) return;
    for (let k = page; k < page + pages; k++) {
      const waiters = this.#waiters.get(k);
      if (waiters === undefined) continue;
      this.#waiters.delete(k);
      for (const waiter of waiters) waiter();
    }
  }
}

/** What one processor remembers of a page table, until it is told to forget it. */
export class TranslationBuffer {
  readonly #frames = new Map<number, number>();
  /** Pages that it believes to be write-protected. It believes the others writable, though they may not be any more. */
  readonly #readOnly = new Set<number>();

  get(page: number): number | undefined {
    return this.#frames.get(page);
  }

  /** The frame behind a page, if it is believed to be writable. */
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
