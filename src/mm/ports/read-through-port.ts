import type { Batch } from '../pipeline/batch.js';

/**
 * The part of a machine that keeps a batch readable while it is copied: see swap-batch.ts. A machine that cannot
 * write-protect memory has none.
 */
export interface ReadThroughPort {
  /**
   * Write-protects every ISOLATED folio that has a destination, where it is mapped: its readers go on, its writers wait.
   * Leaves GUARD_READABLE in `batch.guard` where every page of the folio is there and protected; `batch.view` then names
   * the frames that `copyFrames` and a migrator read it from. Leaves GUARD_BROKEN where that is not so, and GUARD_NONE
   * where nothing was protected. `flush` follows.
   */
  guard(batch: Batch): void;

  /**
   * GUARD_READABLE becomes GUARD_BROKEN where a page of a folio has lost its protection since. `unmap` follows; from here
   * until then a page that the program gives back may be absent, but no other one may have come in its place.
   */
  recheck(batch: Batch): void;

  /**
   * Takes the protection off every folio that has a guard, and wakes the threads that wait to write there. May not fail
   * for a condition that can pass. An unmapped folio has no protection any more, wherever it is mapped then.
   */
  unguard(batch: Batch): void;

  /**
   * Called before the first folio of a guarded batch is unmapped. The copies of other batches may go on. Returns whether the
   * whole batch is to be unmapped and mapped at once, because that takes the machine no longer than a piece would. A machine
   * that has nothing to prepare and does everything piece by piece need not have it.
   */
  swapping?(batch: Batch): boolean;
}
