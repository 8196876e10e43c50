import type { Batch } from '../../../../mm/pipeline/batch.js';
import { WP_INTACT } from '../../../../mm/pipeline/write-protection.js';
import { WrappedMachine } from '../../../machine/wrapped-machine.js';

/** A folio that has to be retried keeps the mark that its content was copied. */
export class KeepsMarks extends WrappedMachine {
  readonly #copied = new Set<number>();

  override protect(batch: Batch): void {
    this.#copied.clear();
    super.protect(batch);
  }

  override verifyProtection(batch: Batch): void {
    super.verifyProtection(batch);
    for (let i = 0; i < batch.length; i++) {
      if (batch.copied[i] === 1 && batch.protection[i] === WP_INTACT) this.#copied.add(batch.page[i]!);
    }
  }

  override unmap(batch: Batch): void {
    super.unmap(batch);
    for (let i = 0; i < batch.length; i++) {
      if (this.#copied.has(batch.page[i]!)) batch.copied[i] = 1;
    }
  }
}
