import { PAGE_SIZE } from '../mm/page.js';
import type { Address } from './libc.js';
import { pageOf } from './pagemap.js';

/** A run of whole pages of the program's memory. */
export interface Span {
  readonly address: Address;
  readonly pages: number;
}

interface PlacedSpan extends Span {
  /** Page number of the first page. */
  readonly page: number;
  /** Index of the first page among all pages of the space. */
  readonly index: number;
}

const ISOLATED = 0x80;
const NODE = 0x7f;

/**
 * The pages of one region: where they are mapped (for ever), on which node each lies, and whether a
 * migration holds it. One byte a page.
 */
export class AddressSpace {
  readonly spans: readonly PlacedSpan[];
  readonly pages: number;
  readonly #state: Uint8Array;
  /** The span that was asked for last: lists are mostly in order. */
  #recent: PlacedSpan;

  constructor(spans: readonly Span[], node: number) {
    let index = 0;
    this.spans = spans.map((span) => {
      const placed = { ...span, page: pageOf(span.address), index };
      index += span.pages;
      return placed;
    });
    this.pages = index;
    this.#recent = this.spans[0]!;
    this.#state = new Uint8Array(index).fill(node);
  }

  /** Index among the space's pages of a page number that lies in it. */
  indexOf(page: number): number {
    const span = this.#recent;
    if (page >= span.page && page < span.page + span.pages) return span.index + (page - span.page);
    for (const other of this.spans) {
      if (page >= other.page && page < other.page + other.pages) {
        this.#recent = other;
        return other.index + (page - other.page);
      }
    }
    throw new RangeError('a page that is not in its address space');
  }

  /** The node (the machine's index of it) that a page lies on. */
  nodeAt(page: number): number {
    return this.#state[this.indexOf(page)]! & NODE;
  }

  /** Whether `pages` pages from `page` on all lie on the node that the first one is on. */
  onOneNode(page: number, pages: number): boolean {
    const from = this.indexOf(page);
    const state = this.#state;
    const node = state[from]! & NODE;
    for (let i = from + 1; i < from + pages; i++) if ((state[i]! & NODE) !== node) return false;
    return true;
  }

  /** Records that `pages` pages from `page` on lie on `node`. Their isolation is not changed. */
  setNode(page: number, pages: number, node: number): void {
    const from = this.indexOf(page);
    const state = this.#state;
    for (let i = from; i < from + pages; i++) state[i] = (state[i]! & ISOLATED) | node;
  }

  /** Reserves the pages; false, with nothing changed, when one of them is reserved already. */
  isolate(page: number, pages: number): boolean {
    const from = this.indexOf(page);
    const state = this.#state;
    for (let i = from; i < from + pages; i++) if ((state[i]! & ISOLATED) !== 0) return false;
    for (let i = from; i < from + pages; i++) state[i] = state[i]! | ISOLATED;
    return true;
  }

  putback(page: number, pages: number): void {
    const from = this.indexOf(page);
    const state = this.#state;
    for (let i = from; i < from + pages; i++) state[i] = state[i]! & NODE;
  }

  /** How many pages lie on each node. */
  pagesByNode(nodes: number): Float64Array {
    const counts = new Float64Array(nodes);
    for (let i = 0; i < this.pages; i++) {
      const node = this.#state[i]! & NODE;
      counts[node] = counts[node]! + 1;
    }
    return counts;
  }

  /** Bytes of the spans. */
  get bytes(): number {
    return this.pages * PAGE_SIZE;
  }
}
