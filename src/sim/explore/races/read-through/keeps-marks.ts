import type { Batch } from '../../../../mm/pipeline/batch.js';
import { GUARD_READABLE } from '../../../../mm/pipeline/guard.js';
import { WrappedMachine } from '../../../machine/wrapped-machine.js';

/** A folio that has to be retried keeps the mark that its content was copied. */
export class KeepsMarks extends WrappedMachine {
  readonly #copied = new Set<number>();

  override guard(batch: Batch): void {
    this.#copied.clear();
    super.guard(batch);
  }

  override recheck(batch: Batch): void {
    super.recheck(batch);
    for (let i = 0; i < batch.length; i++) {
      if (batch.copied[i] === 1 && batch.guard[i] === GUARD_READABLE) this.#copied.add(batch.page[i]!);
    }
  }

  override unmap(batch: Batch): void {
    super.unmap(batch);
    for (let i = 0; i < batch.length; i++) {
      if (this.#copied.has(batch.page[i]!)) batch.copied[i] = 1;
    }
  }
}
