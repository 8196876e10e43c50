import type { Batch } from '../../mm/pipeline/batch.js';
import { FOLIO_FAILED, FOLIO_ISOLATED } from '../../mm/pipeline/folio-state.js';
import { WrappedMachine } from './wrapped-machine.js';

/**
 * How long a program's thread would wait at most: one that touches a page in the moment in which it is taken from it, and
 * goes on when the call that gives it back is over. In virtual nanoseconds.
 */
export class WaitMeter extends WrappedMachine {
  /** Of a thread that reads: from `unmap` to the end of `map` or `restore`. */
  readerNs = 0;
  /** Of a thread that writes: from `guard`, if the batch was guarded, else as a reader. */
  writerNs = 0;
  /** By a batch's place: since when it is guarded. */
  readonly #guarded = new Map<number, number>();
  /** Since when something of it is out, for a batch or a piece of one. */
  readonly #out = new WeakMap<Batch, number>();

  override guard(batch: Batch): void {
    this.#guarded.set(batch.slot, this.now());
    super.guard(batch);
  }

  override unguard(batch: Batch): void {
    super.unguard(batch);
    // What moved was counted when it was mapped; what stays was protected until now.
    const stays = batch.has(batch.state, FOLIO_FAILED) || batch.has(batch.state, FOLIO_ISOLATED);
    const since = this.#guarded.get(batch.slot);
    if (stays && since !== undefined) this.writerNs = Math.max(this.writerNs, this.now() - since);
    this.#guarded.delete(batch.slot);
  }

  override unmap(batch: Batch): void {
    if (!this.#out.has(batch)) this.#out.set(batch, this.now());
    super.unmap(batch);
  }

  override map(batch: Batch): void {
    super.map(batch);
    this.#back(batch);
  }

  override restore(batch: Batch): void {
    super.restore(batch);
    this.#back(batch);
    this.#out.delete(batch);
  }

  #back(batch: Batch): void {
    const since = this.#out.get(batch);
    if (since === undefined) return;
    const now = this.now();
    this.readerNs = Math.max(this.readerNs, now - since);
    this.writerNs = Math.max(this.writerNs, now - (this.#guarded.get(batch.slot) ?? since));
  }
}
