import type { Batch } from '../../mm/pipeline/batch.js';
import { FOLIO_FAILED, FOLIO_ISOLATED } from '../../mm/pipeline/folio-state.js';
import { WrappedMachine } from './wrapped-machine.js';

/**
 * How long a program's thread would wait at most: one that touches a page in the moment in which it is taken from it, and
 * goes on when the call that gives it back is over. In virtual nanoseconds.
 */
export class WaitMeter extends WrappedMachine {
  /** Of a thread that reads: from `unmap` to the end of `map` or `undo`. */
  readerNs = 0;
  /** Of a thread that writes: from `protect`, if the batch was write-protected, else as a reader. */
  writerNs = 0;
  /** By a batch's place: since when it is write-protected. */
  readonly #writeProtected = new Map<number, number>();
  /** Since when something of it is out, for a batch or a piece of one. */
  readonly #out = new WeakMap<Batch, number>();

  override protect(batch: Batch): void {
    this.#writeProtected.set(batch.slot, this.now());
    super.protect(batch);
  }

  override unprotect(batch: Batch): void {
    super.unprotect(batch);
    // What moved was counted when it was mapped; what stays was protected until now.
    const stays = batch.has(batch.state, FOLIO_FAILED) || batch.has(batch.state, FOLIO_ISOLATED);
    const since = this.#writeProtected.get(batch.slot);
    if (stays && since !== undefined) this.writerNs = Math.max(this.writerNs, this.now() - since);
    this.#writeProtected.delete(batch.slot);
  }

  override unmap(batch: Batch): void {
    if (!this.#out.has(batch)) this.#out.set(batch, this.now());
    super.unmap(batch);
  }

  override map(batch: Batch): void {
    super.map(batch);
    this.#back(batch);
  }

  override undo(batch: Batch): void {
    super.undo(batch);
    this.#back(batch);
    this.#out.delete(batch);
  }

  #back(batch: Batch): void {
    const since = this.#out.get(batch);
    if (since === undefined) return;
    const now = this.now();
    this.readerNs = Math.max(this.readerNs, now - since);
    this.writerNs = Math.max(this.writerNs, now - (this.#writeProtected.get(batch.slot) ?? since));
  }
}
