import type { Batch } from './batch.js';
import type { MigrateReason } from './reason.js';
import type { MigrateStats } from './stats.js';

/**
 * What the pipeline needs of copy offload. `offload/` implements it; with no migrator registered `begin`
 * returns false, and that is all that the batch path then costs.
 */
export interface OffloadPort {
  /** Opens the read section for a batch. False: nothing is offloaded and there is nothing to end. */
  begin(reason: MigrateReason): boolean;
  /** Hands the batch's UNMAPPED, batch-copyable folios to the migrator and marks in `batch.copied` what it copied. */
  copy(batch: Batch, stats: MigrateStats): void;
  /** Closes the read section that a `begin` returning true opened. */
  end(): void;
}
