import type { Batch } from '../../../mm/pipeline/batch.js';
import { WP_INTACT } from '../../../mm/pipeline/write-protection.js';
import { type ProtectingMachine, WrappedMachine } from '../../machine/wrapped-machine.js';

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

/** What did not move stays protected. */
export class ForgetsUnprotect extends WrappedMachine {
  override unprotect(): void {
    // Nobody will miss it.
  }
}

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

/** Takes every copy for what its source is. */
export class LeavesCompareOut extends WrappedMachine {
  override sameFrames(): boolean {
    return true;
  }
}

/** Does not ask whether what was protected still is. */
export class LeavesVerificationOut extends WrappedMachine {
  override verifyProtection(): void {
    // It is taken for granted.
  }
}
