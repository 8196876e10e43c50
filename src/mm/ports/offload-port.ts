import type { Batch } from '../pipeline/batch.js';
import type { MigrateReason } from '../reason.js';
import type { MigrateStats } from '../stats.js';

/** Copy offload for one batch, as the pipeline needs it. A session is reused when its batch has ended. */
export interface OffloadSession {
  /** Opens the read section for a batch. False: nothing is offloaded, and there is no section to close. */
  begin(reason: MigrateReason): boolean;
  /**
   * Gives the migrator the folios that it may copy: those that are UNMAPPED, or write-protected and readable. True: the
   * copy runs in the background until `finish`. False: it has ended, and `batch.copied` marks the copied folios.
   */
  start(batch: Batch, stats: MigrateStats): boolean;
  /** Waits, within a limit, for a copy that `start` left in progress. Marks the copied folios in `batch.copied`. */
  finish(batch: Batch, stats: MigrateStats): void;
  /** Closes the read section that a `begin` returning true opened. */
  end(): void;
}

/**
 * Copy offload, as the pipeline needs it. `offload/` implements it. Without a registered migrator `begin` returns false,
 * and a batch costs no more than that call.
 */
export interface OffloadPort {
  /** Batches that may be unmapped at once, at least 1. The next is unmapped during the copy of the one before. */
  readonly depth: number;
  session(): OffloadSession;
}
