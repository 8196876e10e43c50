import type { Batch } from '../../../src/mm/batch.js';
import { GUARD_READABLE } from '../../../src/mm/guard.js';
import { WrappedMachine } from '../../../src/sim/machine/wrapped-machine.js';

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

/** Does not ask whether what was protected still is. */
export class LeavesRecheckOut extends WrappedMachine {
  override recheck(): void {
    // It is taken for granted.
  }
}

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

/** What did not move stays protected. */
export class ForgetsUnguard extends WrappedMachine {
  override unguard(): void {
    // Nobody will miss it.
  }
}

/** Takes every copy for what its source is. */
export class LeavesCompareOut extends WrappedMachine {
  override sameFrames(): boolean {
    return true;
  }
}
