import type { FolioList } from './folio-list.js';
import { FOLIO_LISTED } from './folio-state.js';
import { GUARD_NONE } from './guard.js';
import { MAX_ORDER } from './page.js';

/** Batches that may be out at once: what keeps something for each of them has so many places (see Batch.slot). */
export const MAX_BATCHES_OUT = 4;

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
  /** Its place among the batches that may be out at once, from 0. */
  readonly slot: number;
  readonly capacity: number;
  length = 0;
  /**
   * Its folios are of one size below 2 MiB, follow each other without a gap, and all have to move: what is true of
   * them can be done at a stroke.
   */
  run = false;
  /** Set by a machine that has unmapped a run as one: `src` and `dst` are each one run, too. */
  whole = false;
  /** Set by a machine that has mapped every folio of it: all are MOVED. */
  allMoved = false;
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
  /** 1 for a folio that lies on the target already and moves only because both its neighbours do. */
  readonly bridge: Uint8Array;
  /** 1 while a device may still touch `src`: a copy was given up (see Machine.quarantine). */
  readonly held: Uint8Array;
  /** One of the GUARD_… values: how far a mapped folio is write-protected. */
  readonly guard: Uint8Array;
  /** First of the frames through which a GUARD_READABLE folio is read while it is mapped. */
  readonly view: Float64Array;
  /** The positive errno of the last step that failed; 0 when none did. */
  readonly errno: Int32Array;

  constructor(space: number, capacity: number, slot = 0, columns: BatchColumns = newColumns(capacity)) {
    this.space = space;
    this.slot = slot;
    this.capacity = capacity;
    this.page = columns.page;
    this.order = columns.order;
    this.src = columns.src;
    this.dst = columns.dst;
    this.state = columns.state;
    this.copied = columns.copied;
    this.ready = columns.ready;
    this.bridge = columns.bridge;
    this.held = columns.held;
    this.guard = columns.guard;
    this.view = columns.view;
    this.errno = columns.errno;
  }

  /**
   * Refills the batch from `list`, starting at folio `from`, with at most `maxPages` base pages but at
   * least one folio. Returns the index of the first folio that did not fit.
   */
  refill(list: FolioList, from: number, maxPages: number): number {
    let next = from;
    let pages = 0;
    let length = 0;
    let run = true;
    const firstPage = list.page[from]!;
    const firstOrder = list.order[from]!;
    while (next < list.length && length < this.capacity) {
      const order = list.order[next]!;
      const size = 1 << order;
      if (length > 0 && pages + size > maxPages) break;
      this.page[length] = list.page[next]!;
      this.order[length] = order;
      this.bridge[length] = list.bridge[next]!;
      if (list.page[next] !== firstPage + pages || order !== firstOrder || list.bridge[next] !== 0)
        run = false;
      pages += size;
      length++;
      next++;
    }
    this.length = length;
    this.run = run && firstOrder < MAX_ORDER;
    this.whole = false;
    this.allMoved = false;
    this.pages = pages;
    this.src.fill(NO_FRAME, 0, length);
    this.dst.fill(NO_FRAME, 0, length);
    this.state.fill(FOLIO_LISTED, 0, length);
    this.copied.fill(0, 0, length);
    this.ready.fill(0, 0, length);
    this.held.fill(0, 0, length);
    this.guard.fill(GUARD_NONE, 0, length);
    this.errno.fill(0, 0, length);
    return next;
  }

  /**
   * The folios from `from` to before `to` as a batch of their own, over the same memory: what is done to the one is done
   * to the other.
   */
  piece(from: number, to: number): Batch {
    const columns: BatchColumns = {
      page: this.page.subarray(from, to),
      order: this.order.subarray(from, to),
      src: this.src.subarray(from, to),
      dst: this.dst.subarray(from, to),
      state: this.state.subarray(from, to),
      copied: this.copied.subarray(from, to),
      ready: this.ready.subarray(from, to),
      bridge: this.bridge.subarray(from, to),
      held: this.held.subarray(from, to),
      guard: this.guard.subarray(from, to),
      view: this.view.subarray(from, to),
      errno: this.errno.subarray(from, to),
    };
    const piece = new Batch(this.space, to - from, this.slot, columns);
    piece.length = to - from;
    piece.run = this.run;
    for (let i = from; i < to; i++) piece.pages += 1 << this.order[i]!;
    return piece;
  }

  /** Whether `values`, one a folio, has `value` for any folio of the batch. */
  has(values: Uint8Array, value: number): boolean {
    // One search for all is a tenth of a look at each.
    const at = values.indexOf(value);
    return at >= 0 && at < this.length;
  }
}

/** What is kept of each folio, a column for each. */
type BatchColumns = Pick<
  Batch,
  | 'page'
  | 'order'
  | 'src'
  | 'dst'
  | 'state'
  | 'copied'
  | 'ready'
  | 'bridge'
  | 'held'
  | 'guard'
  | 'view'
  | 'errno'
>;

function newColumns(capacity: number): BatchColumns {
  return {
    page: new Float64Array(capacity),
    order: new Uint8Array(capacity),
    src: new Uint32Array(capacity),
    dst: new Uint32Array(capacity),
    state: new Uint8Array(capacity),
    copied: new Uint8Array(capacity),
    ready: new Uint8Array(capacity),
    bridge: new Uint8Array(capacity),
    held: new Uint8Array(capacity),
    guard: new Uint8Array(capacity),
    view: new Float64Array(capacity),
    errno: new Int32Array(capacity),
  };
}
