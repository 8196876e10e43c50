import type { Batch } from '../../../../mm/pipeline/batch.js';
import { type ProtectingMachine, WrappedMachine } from '../../../machine/wrapped-machine.js';

/**
 * Forgets the flush that follows a step, after which threads may still hold translations: writable ones after `protect`, to the
 * old pages after `unmap`.
 */
export class ForgetsFlush extends WrappedMachine {
  readonly #step: 'protect' | 'unmap';
  #due = false;

  constructor(machine: ProtectingMachine, step: 'protect' | 'unmap') {
    super(machine);
    this.#step = step;
  }

  override protect(batch: Batch): void {
    super.protect(batch);
    if (this.#step === 'protect') this.#due = true;
  }

  override unmap(batch: Batch): void {
    super.unmap(batch);
    if (this.#step === 'unmap') this.#due = true;
  }

  override flush(): void {
    if (!this.#due) super.flush();
    this.#due = false;
  }
}
