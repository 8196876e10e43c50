import type { Batch } from '../../../../mm/pipeline/batch.js';
import { type GuardingMachine, WrappedMachine } from '../../../machine/wrapped-machine.js';

/**
 * Forgets the flush that follows a step, after which threads may still hold translations: writable ones after `guard`, to the
 * old pages after `unmap`.
 */
export class ForgetsFlush extends WrappedMachine {
  readonly #step: 'guard' | 'unmap';
  #due = false;

  constructor(machine: GuardingMachine, step: 'guard' | 'unmap') {
    super(machine);
    this.#step = step;
  }

  override guard(batch: Batch): void {
    super.guard(batch);
    if (this.#step === 'guard') this.#due = true;
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
