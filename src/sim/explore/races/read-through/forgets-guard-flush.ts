import type { Batch } from '../../../../mm/batch.js';
import { WrappedMachine } from '../../../machine/wrapped-machine.js';

/** Protects, and forgets that threads may still hold writable translations. */
export class ForgetsGuardFlush extends WrappedMachine {
  #guarded = false;

  override guard(batch: Batch): void {
    super.guard(batch);
    this.#guarded = true;
  }

  override flush(): void {
    if (!this.#guarded) super.flush();
    this.#guarded = false;
  }
}
