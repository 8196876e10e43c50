import type { Batch } from '../pipeline/batch.js';

/**
 * The part of a machine that keeps a batch readable while it is copied: see cutover-batch.ts. Only machines that can
 * write-protect memory have it.
 */
export interface WriteProtectPort {
  /**
   * Write-protects every mapped ISOLATED folio that has a destination. Its readers continue and its writers wait.
   * `batch.protection` becomes WP_INTACT if every page of the folio is present and protected. `batch.mappedFrame` then
   * names the frames from which `copyFrames` and a migrator read it. It becomes WP_BROKEN if not every page is, and WP_NONE
   * if no page was protected. `flush` follows.
   */
  protect(batch: Batch): void;

  /**
   * WP_INTACT becomes WP_BROKEN if a page of a folio has lost its protection since. `unmap` follows. Between the two calls
   * a page that the program gives back may become absent, but no other page may take its place.
   */
  verifyProtection(batch: Batch): void;

  /**
   * Unprotects every protected folio, and wakes the threads that wait to write there. It must not fail for a condition that
   * can pass. An unmapped folio has no protection any more, wherever it is mapped later.
   */
  unprotect(batch: Batch): void;

  /**
   * Called before the first folio of a write-protected batch is unmapped. Copies of other batches may still run. Returns
   * whether to cut the whole batch over at once, because that takes this machine no longer than a piece. Optional for a
   * machine that prepares nothing and always works piece by piece.
   */
  beginCutover?(batch: Batch): boolean;
}
