import type { Batch } from '../../../mm/pipeline/batch.js';
import { WP_INTACT } from '../../../mm/pipeline/write-protection.js';
import { type ProtectingMachine, WrappedMachine } from '../../machine/wrapped-machine.js';

/**
 * Forgets the flush after a step. So threads keep translations: writable ones after `protect`, of the old pages after
 * `unmap`.
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

/** Folios that did not move stay protected. */
export class ForgetsUnprotect extends WrappedMachine {
  override unprotect(): void {
    // Left out.
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

/** Reports every copy as equal to its source. */
export class LeavesCompareOut extends WrappedMachine {
  override sameFrames(): boolean {
    return true;
  }
}

/** Does not verify the protection. */
export class LeavesVerificationOut extends WrappedMachine {
  override verifyProtection(): void {
    // Left out.
  }
}
