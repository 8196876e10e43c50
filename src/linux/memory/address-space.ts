import type { Address } from '../sys/libc.js';
import { pageOf } from '../sys/pagemap.js';
import type { WaitMode } from '../userfaultfd/userfaultfd.js';

export interface Span {
  readonly address: Address;
  readonly pages: number;
}

interface PlacedSpan extends Span {
  readonly page: number;
  /** Index of the first page among all pages of the space. */
  readonly index: number;
  /** Index of its first page in the books. Four neighbouring pages, from a multiple of 4, share a word of them. */
  readonly slot: number;
}

/** The program has given the page back (MADV_DONTNEED, MADV_FREE). */
export const GIVEN_BACK = 1;
/** The page's address no longer belongs to the region (munmap, mremap). */
export const GONE = 2;

/** The longest time from a thread's MADV_DONTNEED event to the drop of the pages, on a very busy host. */
export const DROP_MS = 1000;

const ISOLATED = 0x80;
const NODE = 0x7f;
// The same for four pages at a time: the books of the 512 pages of a 2 MiB folio are not in the cache.
const ISOLATED_4 = 0x80808080;
const NODE_4 = 0x7f7f7f7f;
const EACH_4 = 0x01010101;

/** The pages of one region: their addresses, their nodes, and whether a migration has isolated them. One byte a page. */
export class AddressSpace {
  readonly spans: readonly PlacedSpan[];
  readonly pages: number;
  migrating = false;
  /** Why its threads wait during a migration. */
  waitMode: WaitMode = 'missing';
  /** Whether the kernel has refused to register a part of it. No page may leave before all of it is registered. */
  incomplete = false;
  /**
   * Whether its memory may be unmapped at any time, and then belong to somebody else: see ferry/movable-memory.ts. Its
   * pages are only moved by calls that the kernel then refuses.
   */
  readonly movable: boolean;
  /** Number of noted changes: see memory-changes.ts. */
  changes = 0;
  /** Whether a part was unmapped or moved to another address since it was attached. */
  lost = false;
  #changed: Uint8Array | undefined;
  #changeTime = 0;
  /** During a migration: whether page tables may move as a whole. */
  movesTables = false;
  readonly #state: Uint8Array;
  readonly #state4: Int32Array;
  /** The last span that was looked up, because lists are mostly in order. */
  #recent: PlacedSpan;

  constructor(spans: readonly Span[], node: number, movable = false) {
    this.movable = movable;
    let index = 0;
    let slot = 0;
    this.spans = spans.map((span) => {
      const page = pageOf(span.address);
      slot = Math.ceil(slot / 4) * 4 + (page % 4);
      const placed = { ...span, page, index, slot };
      index += span.pages;
      slot += span.pages;
      return placed;
    });
    this.pages = index;
    this.#recent = this.spans[0]!;
    const state = new ArrayBuffer(Math.ceil(slot / 4) * 4);
    this.#state = new Uint8Array(state).fill(node);
    this.#state4 = new Int32Array(state);
  }

  /** The mode of a range whose pages are about to leave: its threads wait for missing pages, too. */
  get leaveMode(): WaitMode {
    return this.waitMode === 'missing' ? 'missing' : 'both';
  }

  #slotOf(page: number): number {
    const span = this.#recent;
    if (page >= span.page && page < span.page + span.pages) return span.slot + (page - span.page);
    for (const other of this.spans) {
      if (page >= other.page && page < other.page + other.pages) {
        this.#recent = other;
        return other.slot + (page - other.page);
      }
    }
    throw new RangeError('a page that is not in its address space');
  }

  nodeAt(page: number): number {
    return this.#state[this.#slotOf(page)]! & NODE;
  }

  holds(page: number): boolean {
    for (const span of this.spans) if (page >= span.page && page < span.page + span.pages) return true;
    return false;
  }

  /** Whether a migration has isolated the page. False for a page of another space. */
  isIsolated(page: number): boolean {
    for (const span of this.spans) {
      if (page < span.page || page >= span.page + span.pages) continue;
      return (this.#state[span.slot + (page - span.page)]! & ISOLATED) !== 0;
    }
    return false;
  }

  /** Whether the `pages` pages that begin at `page` are all on one node. */
  onOneNode(page: number, pages: number): boolean {
    const from = this.#slotOf(page);
    const state = this.#state;
    const node = state[from]! & NODE;
    if (((from | pages) & 3) === 0) {
      const state4 = this.#state4;
      const end = (from + pages) >> 2;
      for (let i = from >> 2; i < end; i++) if ((state4[i]! & NODE_4) !== node * EACH_4) return false;
      return true;
    }
    for (let i = from + 1; i < from + pages; i++) if ((state[i]! & NODE) !== node) return false;
    return true;
  }

  /** Records that a page is on `node`. Its isolation does not change. */
  setNode(page: number, node: number): void {
    const index = this.#slotOf(page);
    this.#state[index] = (this.#state[index]! & ISOLATED) | node;
  }

  /** Records that a run of isolated pages has arrived on `node`. */
  arrive(page: number, pages: number, node: number): void {
    const from = this.#slotOf(page);
    this.#state.fill(ISOLATED | node, from, from + pages);
    const changed = this.#changed;
    if (changed === undefined) return;
    // A page that was given back while it was unmapped has arrived with zeros. The kernel may drop it now or later, with
    // the same result.
    for (let i = from; i < from + pages; i++) if (changed[i] === GIVEN_BACK) changed[i] = 0;
  }

  /** Isolates the pages. False, with nothing changed, if one of them is already isolated. */
  isolate(page: number, pages: number): boolean {
    const from = this.#slotOf(page);
    if (((from | pages) & 3) === 0) {
      const state4 = this.#state4;
      const end = (from + pages) >> 2;
      for (let i = from >> 2; i < end; i++) if ((state4[i]! & ISOLATED_4) !== 0) return false;
      for (let i = from >> 2; i < end; i++) state4[i] = state4[i]! | ISOLATED_4;
      return true;
    }
    const state = this.#state;
    for (let i = from; i < from + pages; i++) if ((state[i]! & ISOLATED) !== 0) return false;
    for (let i = from; i < from + pages; i++) state[i] = state[i]! | ISOLATED;
    return true;
  }

  isolatedIn(page: number, pages: number): number {
    const from = this.#slotOf(page);
    let isolated = 0;
    for (let i = from; i < from + pages; i++) isolated += this.#state[i]! >>> 7;
    return isolated;
  }

  putback(page: number, pages: number): void {
    const from = this.#slotOf(page);
    if (((from | pages) & 3) === 0) {
      const state4 = this.#state4;
      const end = (from + pages) >> 2;
      for (let i = from >> 2; i < end; i++) state4[i] = state4[i]! & NODE_4;
      return;
    }
    const state = this.#state;
    for (let i = from; i < from + pages; i++) state[i] = state[i]! & NODE;
  }

  /** Notes a change by the program to the pages of a range that are in this space: GIVEN_BACK or GONE. */
  noteChange(page: number, pages: number, change: number): void {
    for (const span of this.spans) {
      const first = Math.max(page, span.page);
      const end = Math.min(page + pages, span.page + span.pages);
      if (first >= end) continue;
      this.#changed ??= new Uint8Array(this.#state.length);
      const from = span.slot + (first - span.page);
      for (let i = from; i < from + end - first; i++) {
        if (this.#changed[i]! < change) this.#changed[i] = change;
      }
      this.changes++;
      this.#changeTime = performance.now();
      if (change === GONE) this.lost = true;
    }
  }

  /** The noted change of a page: 0, GIVEN_BACK or GONE. */
  changeAt(page: number): number {
    return this.#changed?.[this.#slotOf(page)] ?? 0;
  }

  /** The greatest noted change in a run of pages. */
  changeIn(page: number, pages: number): number {
    const changed = this.#changed;
    if (changed === undefined) return 0;
    const from = this.#slotOf(page);
    let max = 0;
    for (let i = from; i < from + pages; i++) if (changed[i]! > max) max = changed[i]!;
    return max;
  }

  /**
   * Called for a new migration. Pages that were given back in the last one may move again, if that was some time ago. Until
   * then, the thread that gave a page back may not have dropped it yet.
   */
  forgetChanges(): void {
    if (!this.lost && performance.now() > this.#changeTime + DROP_MS) this.#changed = undefined;
  }

  get hasChanges(): boolean {
    return this.#changed !== undefined;
  }

  get isolatedPages(): number {
    let isolated = 0;
    for (const word of this.#state4) {
      if ((word & ISOLATED_4) === 0) continue;
      for (let byte = 0; byte < 4; byte++) isolated += (word >>> (byte * 8 + 7)) & 1;
    }
    return isolated;
  }

  pagesByNode(nodes: number): Float64Array {
    const counts = new Float64Array(nodes);
    for (const { slot, pages } of this.spans) {
      for (let i = slot; i < slot + pages; i++) {
        const node = this.#state[i]! & NODE;
        counts[node] = counts[node]! + 1;
      }
    }
    return counts;
  }
}
