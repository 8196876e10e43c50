import type { Batch } from '../pipeline/batch.js';

/**
 * The part of a machine that keeps a batch readable while it is copied: see cutover-batch.ts. A machine that cannot
 * write-protect memory has none.
 */
export interface WriteProtectPort {
  /**
   * Write-protects every ISOLATED folio that has a destination, where it is mapped: its readers go on, its writers wait.
   * Leaves WP_INTACT in `batch.protection` where every page of the folio is there and protected; `batch.mappedFrame` then names
   * the frames that `copyFrames` and a migrator read it from. Leaves WP_BROKEN where that is not so, and WP_NONE
   * where nothing was protected. `flush` follows.
   */
  protect(batch: Batch): void;

  /**
   * WP_INTACT becomes WP_BROKEN where a page of a folio has lost its protection since. `unmap` follows; from here
   * until then a page that the program gives back may be absent, but no other one may have come in its place.
   */
  verifyProtection(batch: Batch): void;

  /**
   * Takes the protection off every folio that is protected, and wakes the threads that wait to write there. May not fail
   * for a condition that can pass. An unmapped folio has no protection any more, wherever it is mapped then.
   */
  unprotect(batch: Batch): void;

  /**
   * Called before the first folio of a write-protected batch is unmapped. The copies of other batches may go on. Returns whether the
   * whole batch is to be unmapped and mapped at once, because that takes the machine no longer than a piece would. A machine
   * that has nothing to prepare and does everything piece by piece need not have it.
   */
  beginCutover?(batch: Batch): boolean;
}
