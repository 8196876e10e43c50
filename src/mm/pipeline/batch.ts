import { cutBatch } from './batch-cut.js';
import type { BatchShape } from './batch-shape.js';
import type { FolioList } from './folio-list.js';
import { FOLIO_ISOLATED, FOLIO_LISTED, FOLIO_UNMAPPED } from './folio-state.js';
import { WP_NONE } from './write-protection.js';

/** Maximum number of batches in flight. Code that keeps something for each has this many places (see Batch.slot). */
export const MAX_BATCHES_OUT = 4;

/** The `src` or `dst` of a folio that has no such frame, or none any more. */
export const NO_FRAME = 0xffffffff;

/**
 * The folios that are unmapped together. It is a struct of arrays that is allocated once per migration and refilled for
 * every batch, so the hot path allocates nothing.
 *
 * A *frame* is one base page of a node's memory. A folio's frames have consecutive numbers.
 */
export class Batch {
  /** The machine's handle of the address space that the pages belong to. */
  readonly space: number;
  /** Its place among the batches that may be in flight at once, from 0. */
  readonly slot: number;
  readonly capacity: number;
  length = 0;
  /** Base pages in the batch. */
  pages = 0;
  /** First base page of the folio. */
  readonly page: Float64Array;
  readonly order: Uint8Array;
  /** First of the frames that hold the content while the folio is unmapped. */
  readonly src: Uint32Array;
  /** First of the frames taken for it on the target node. */
  readonly dst: Uint32Array;
  /** One of the FOLIO_… states. */
  readonly state: Uint8Array;
  /** 1 while `dst` is known to hold the content of `src`. The first reader clears it. */
  readonly copied: Uint8Array;
  /** 1 when `dst` holds the folio's content and waits to be mapped. */
  readonly ready: Uint8Array;
  /** 1 for a folio that is on the target already and moves only because both its neighbours do. */
  readonly inGap: Uint8Array;
  /** 1 while a device may still touch `src` after an abandoned copy (see Machine.quarantine). */
  readonly quarantined: Uint8Array;
  /** One of the WP_… values: whether the mapped folio is write-protected. */
  readonly protection: Uint8Array;
  /** First of the frames through which a WP_INTACT folio is read while it is mapped. */
  readonly mappedFrame: Float64Array;
  /** The positive errno of the last failed step, or 0. */
  readonly errno: Int32Array;
  /**
   * Whether its folios are unmapped only to see who touches them, and then return to `src` (src/access/hint.ts). They need no
   * destination.
   */
  watched = false;
  #shape: BatchShape = 'folios';
  #arrived = false;
  /** The batch that this one is a piece of. */
  #parent: Batch | undefined;

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
    this.inGap = columns.inGap;
    this.quarantined = columns.quarantined;
    this.protection = columns.protection;
    this.mappedFrame = columns.mappedFrame;
    this.errno = columns.errno;
  }

  get shape(): BatchShape {
    return this.#shape;
  }

  /** Whether every folio is MOVED and every step treated the batch as one. Then no folio needs a decision of its own. */
  get arrived(): boolean {
    return this.#arrived;
  }

  /** Refills the batch from `list` at folio `from`: see `cutBatch`. Returns the index of the next batch's first folio. */
  refill(list: FolioList, from: number, maxPages: number): number {
    const { end, pages, run } = cutBatch(list, from, maxPages, this.capacity);
    const length = end - from;
    this.page.set(list.page.subarray(from, end));
    this.order.set(list.order.subarray(from, end));
    this.inGap.set(list.inGap.subarray(from, end));
    this.length = length;
    this.pages = pages;
    this.#shape = run ? 'run' : 'folios';
    this.#arrived = false;
    this.watched = false;
    this.src.fill(NO_FRAME, 0, length);
    this.dst.fill(NO_FRAME, 0, length);
    this.state.fill(FOLIO_LISTED, 0, length);
    this.copied.fill(0, 0, length);
    this.ready.fill(0, 0, length);
    this.quarantined.fill(0, 0, length);
    this.protection.fill(WP_NONE, 0, length);
    this.errno.fill(0, 0, length);
    return end;
  }

  /** Whether a folio is to be unmapped: it is isolated, and has a destination or needs none. */
  mayUnmap(index: number): boolean {
    return this.state[index] === FOLIO_ISOLATED && (this.watched || this.dst[index] !== NO_FRAME);
  }

  /**
   * Called by a machine that has unmapped a `run` as one. It makes the batch `whole`.
   * @throws Error if the batch is not a run, if a folio is still mapped, or if `src` or `dst` is not one run of frames.
   */
  unmappedWhole(): void {
    if (this.#shape !== 'run') throw this.#illegal('unmapped whole');
    if (this.has(this.state, FOLIO_ISOLATED)) throw this.#illegal('unmapped whole with a folio still mapped');
    if (!this.#isOneRun(this.src) || !(this.watched || this.#isOneRun(this.dst)))
      throw this.#illegal('unmapped whole with frames that are not one run');
    this.#shape = 'whole';
  }

  /**
   * Called by a machine that has tried to map a `whole` batch as one. If every folio is MOVED, the batch has `arrived`.
   * Otherwise the rest is handled folio by folio.
   * @throws Error if the batch is not whole, or has arrived already.
   */
  mappedWhole(): void {
    if (this.#shape !== 'whole' || this.#arrived) throw this.#illegal('mapped whole');
    if (this.has(this.state, FOLIO_UNMAPPED) || this.has(this.state, FOLIO_ISOLATED)) this.degrade();
    else this.#arrived = true;
  }

  /**
   * Called after the cutover of a write-protected batch. If each piece has arrived, the batch has arrived. Otherwise the
   * rest is handled folio by folio.
   * @throws Error if `pieces` are not the pieces of this batch, or if it has arrived already.
   */
  cutOver(pieces: readonly Batch[]): void {
    let length = 0;
    let arrived = true;
    for (const piece of pieces) {
      if (piece.#parent !== this) throw this.#illegal('cut over by a piece of another batch');
      length += piece.length;
      arrived &&= piece.#arrived;
    }
    if (length !== this.length) throw this.#illegal('cut over in part');
    if (arrived && this.#shape !== 'run') throw this.#illegal('cut over as a run');
    if (arrived) this.#arrived = true;
    else this.degrade();
  }

  /**
   * Makes the pipeline handle the folios one by one, because a step was done, or failed, for some of them only.
   * @throws Error if the batch has arrived: then there is nothing left to handle.
   */
  degrade(): void {
    if (this.#arrived) throw this.#illegal('degraded');
    this.#shape = 'folios';
  }

  /**
   * A batch of the folios from `from` to before `to`, over the same memory: a change to one is a change to the other. It
   * starts with the shape of this batch, and then has a shape of its own.
   * @throws Error if this batch was unmapped as one.
   */
  piece(from: number, to: number): Batch {
    if (this.#shape === 'whole') throw this.#illegal('cut');
    const columns: BatchColumns = {
      page: this.page.subarray(from, to),
      order: this.order.subarray(from, to),
      src: this.src.subarray(from, to),
      dst: this.dst.subarray(from, to),
      state: this.state.subarray(from, to),
      copied: this.copied.subarray(from, to),
      ready: this.ready.subarray(from, to),
      inGap: this.inGap.subarray(from, to),
      quarantined: this.quarantined.subarray(from, to),
      protection: this.protection.subarray(from, to),
      mappedFrame: this.mappedFrame.subarray(from, to),
      errno: this.errno.subarray(from, to),
    };
    const piece = new Batch(this.space, to - from, this.slot, columns);
    piece.#parent = this;
    piece.#shape = this.#shape;
    piece.watched = this.watched;
    piece.length = to - from;
    for (let i = from; i < to; i++) piece.pages += 1 << this.order[i]!;
    return piece;
  }

  /**
   * Called for a piece when its batch was refilled with a run of equally many folios of the same order. The piece is a run
   * again.
   * @throws Error if this is not a piece, or if its batch is not a run.
   */
  renewPiece(): void {
    if (this.#parent === undefined || this.#parent.shape !== 'run') throw this.#illegal('renewed as a piece');
    this.#shape = 'run';
    this.#arrived = false;
  }

  /** Whether any folio of the batch has `value` in `values`. */
  has(values: Uint8Array, value: number): boolean {
    // One search takes a tenth of the time of a loop over the folios.
    const at = values.indexOf(value);
    return at >= 0 && at < this.length;
  }

  /** Whether the frames of a run's first and last folio are as far apart as their pages are. */
  #isOneRun(frames: Uint32Array): boolean {
    const last = this.length - 1;
    const apart = this.page[last]! - this.page[0]!;
    return frames[0] !== NO_FRAME && frames[last] === frames[0]! + apart;
  }

  #illegal(step: string): Error {
    const arrived = this.#arrived ? ', arrived' : '';
    return new Error(
      `batch ${this.slot} (${this.#shape}${arrived}, ${this.length} folios): cannot be ${step}`,
    );
  }
}

type BatchColumns = Pick<
  Batch,
  | 'page'
  | 'order'
  | 'src'
  | 'dst'
  | 'state'
  | 'copied'
  | 'ready'
  | 'inGap'
  | 'quarantined'
  | 'protection'
  | 'mappedFrame'
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
    inGap: new Uint8Array(capacity),
    quarantined: new Uint8Array(capacity),
    protection: new Uint8Array(capacity),
    mappedFrame: new Float64Array(capacity),
    errno: new Int32Array(capacity),
  };
}
