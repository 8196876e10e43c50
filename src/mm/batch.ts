import type { FolioList } from './folio-list.js';
import { FOLIO_LISTED } from './folio-state.js';

/** `src` or `dst` of a folio that has no such frame (yet, or any more). */
export const NO_FRAME = 0xffffffff;

/**
 * The folios that are unmapped together: a struct of arrays, allocated once per migration and refilled for
 * every batch, so that the hot path allocates nothing.
 *
 * A *frame* is one base page of a node's memory; a folio's frames are consecutive numbers.
 */
export class Batch {
  /** The machine's handle of the address space that the pages belong to. */
  readonly space: number;
  readonly capacity: number;
  length = 0;
  /** Base pages in the batch. */
  pages = 0;
  /** First base page of the folio. */
  readonly page: Float64Array;
  readonly order: Uint8Array;
  /** First frame that holds the content while the folio is unmapped. */
  readonly src: Uint32Array;
  /** First frame taken for it on the target node. */
  readonly dst: Uint32Array;
  /** One of the FOLIO_… states. */
  readonly state: Uint8Array;
  /** 1 while `dst` is known to hold the content of `src`. Cleared when it is first read. */
  readonly copied: Uint8Array;
  /** 1 when the folio's content is in `dst` and it waits to be mapped there. */
  readonly ready: Uint8Array;
  /** The positive errno of the last step that failed; 0 when none did. */
  readonly errno: Int32Array;

  constructor(space: number, capacity: number) {
    this.space = space;
    this.capacity = capacity;
    this.page = new Float64Array(capacity);
    this.order = new Uint8Array(capacity);
    this.src = new Uint32Array(capacity);
    this.dst = new Uint32Array(capacity);
    this.state = new Uint8Array(capacity);
    this.copied = new Uint8Array(capacity);
    this.ready = new Uint8Array(capacity);
    this.errno = new Int32Array(capacity);
  }

  /**
   * Refills the batch from `list`, starting at folio `from`, with at most `maxPages` base pages but at
   * least one folio. Returns the index of the first folio that did not fit.
   */
  refill(list: FolioList, from: number, maxPages: number): number {
    let next = from;
    let pages = 0;
    let length = 0;
    while (next < list.length && length < this.capacity) {
      const order = list.order[next]!;
      const size = 1 << order;
      if (length > 0 && pages + size > maxPages) break;
      this.page[length] = list.page[next]!;
      this.order[length] = order;
      pages += size;
      length++;
      next++;
    }
    this.length = length;
    this.pages = pages;
    this.src.fill(NO_FRAME, 0, length);
    this.dst.fill(NO_FRAME, 0, length);
    this.state.fill(FOLIO_LISTED, 0, length);
    this.copied.fill(0, 0, length);
    this.ready.fill(0, 0, length);
    this.errno.fill(0, 0, length);
    return next;
  }
}
