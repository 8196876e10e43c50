import type { MigrateMode } from '../mode.js';
import type { BatchObserver } from '../ports/batch-observer.js';
import type { Machine } from '../ports/machine.js';
import type { OffloadSession } from '../ports/offload-port.js';
import type { WriteProtectPort } from '../ports/write-protect-port.js';
import type { MigrateReason } from '../reason.js';
import type { MigrateStats } from '../stats.js';
import type { Batch } from './batch.js';
import type { BatchOutcome } from './batch-outcome.js';

/** How to do a write-protected copy (see cutover-batch.ts). The pipeline reads it for every batch. */
export interface WriteProtectOptions {
  /** Base pages that may be unmapped at once. At least one folio is. */
  piecePages(): number;
  /** Whether to compare each copy with its source before it is mapped, because a write may bypass the mapping (a pin). */
  compare(): boolean;
}

/** The machine's means of write-protection, and the caller's options for it. */
export interface WriteProtectMeans {
  readonly port: WriteProtectPort;
  readonly options: WriteProtectOptions;
}

/** Where folios move, why, and how hard to try. */
export interface MovePlan {
  /** Index of the node to move to. */
  readonly target: number;
  readonly reason: MigrateReason;
  readonly mode: MigrateMode;
  /** Base pages of one batch, at most. At least one folio is always taken. 1 is the `serial` kernel. */
  readonly batchPages: number;
}

/** The context of all batches of a migration. The parts of split folios have another one. */
export interface BatchContext {
  readonly machine: Machine;
  readonly stats: MigrateStats;
  readonly plan: MovePlan;
  /** The plan's mode. The parts of a split folio are moved `async`, as in the kernel. */
  readonly mode: MigrateMode;
  /** Passes over folios that gave EAGAIN. The parts of a split folio get one, as in the kernel. */
  readonly passes: number;
  /** Set if a batch is write-protected while it is copied, not unmapped. Its readers then continue. */
  readonly writeProtected: WriteProtectMeans | undefined;
}

/**
 * A place in the pipeline, for one batch at a time. `unmapBatch` fills it and `moveBatch` empties it. In between, the batch
 * is unmapped, and a copy may run in the background.
 */
export interface BatchSlot {
  readonly batch: Batch;
  readonly outcome: BatchOutcome;
  readonly session: OffloadSession;
  context: BatchContext;
  observer: BatchObserver | undefined;
  /** Whether the batch holds parts of split folios. */
  parts: boolean;
  /** Whether the session's read section is open. */
  offloading: boolean;
  /** Whether the migrator's copy is in progress. */
  copying: boolean;
  /** Set while the batch is write-protected, as far as it is mapped. */
  writeProtected: WriteProtectMeans | undefined;
  /** The batch in pieces, and a key of the runs that can be cut into the same pieces ('' for none). See cutover-batch.ts */
  pieces: readonly Batch[];
  piecesFor: string;
}
