import type { Batch } from '../pipeline/batch.js';
import type { MigrateReason } from '../reason.js';
import type { MigrateStats } from '../stats.js';

/**
 * What the pipeline needs of copy offload for one batch. A session is used again for the next batch when the
 * one before is over.
 */
export interface OffloadSession {
  /** Opens the read section for a batch. False: nothing is offloaded, and there is nothing to end. */
  begin(reason: MigrateReason): boolean;
  /**
   * Hands the batch's batch-copyable folios to the migrator: those that are UNMAPPED, or write-protected and readable. True: the copy goes on by itself, until
   * `finish`. False: it is over, and what was copied is marked in `batch.copied`.
   */
  start(batch: Batch, stats: MigrateStats): boolean;
  /** Waits for a copy that `start` left under way (within a limit), and marks in `batch.copied` what was copied. */
  finish(batch: Batch, stats: MigrateStats): void;
  /** Closes the read section that a `begin` returning true opened. */
  end(): void;
}

/**
 * What the pipeline needs of copy offload. `offload/` implements it; with no migrator registered `begin` returns
 * false, and that is all that the batch path then costs.
 */
export interface OffloadPort {
  /** Batches that may be unmapped at once, at least 1: the next while the copy of one goes on. */
  readonly depth: number;
  session(): OffloadSession;
}
