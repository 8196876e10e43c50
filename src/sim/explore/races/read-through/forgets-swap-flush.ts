import type { Batch } from '../../../../mm/batch.js';
import { WrappedMachine } from '../../../machine/wrapped-machine.js';

/** Swaps, and forgets that threads may still hold translations to the old pages. */
export class ForgetsSwapFlush extends WrappedMachine {
  #unmapped = false;

  override unmap(batch: Batch): void {
    super.unmap(batch);
    this.#unmapped = true;
  }

  override flush(): void {
    if (!this.#unmapped) super.flush();
    this.#unmapped = false;
  }
}
