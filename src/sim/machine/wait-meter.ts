import type { Batch } from '../../mm/pipeline/batch.js';
import { FOLIO_FAILED, FOLIO_ISOLATED } from '../../mm/pipeline/folio-state.js';
import { WrappedMachine } from './wrapped-machine.js';

/** Maximum waits of a program's thread that touches a page just when it becomes unavailable. In virtual nanoseconds. */
export class WaitMeter extends WrappedMachine {
  /** The wait of a reader: from `unmap` to the end of `map` or `undo`. */
  readerNs = 0;
  /** The wait of a writer: from `protect`, if the batch was write-protected, else as that of a reader. */
  writerNs = 0;
  /** When the first folios were mapped. */
  firstMapped = Number.NaN;
  /** The time at which each batch was write-protected, by its slot. */
  readonly #writeProtected = new Map<number, number>();
  /** Since when a batch, or a piece of one, is in flight. */
  readonly #out = new WeakMap<Batch, number>();

  override protect(batch: Batch): void {
    this.#writeProtected.set(batch.slot, this.now());
    super.protect(batch);
  }

  override unprotect(batch: Batch): void {
    super.unprotect(batch);
    // Folios that moved were counted by `map`. The others were protected until now.
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
    if (Number.isNaN(this.firstMapped)) this.firstMapped = this.now();
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
