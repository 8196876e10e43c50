import type { MigrateMode } from '../mode.js';
import type { BatchObserver } from '../ports/batch-observer.js';
import type { Machine } from '../ports/machine.js';
import type { OffloadSession } from '../ports/offload-port.js';
import type { WriteProtectPort } from '../ports/write-protect-port.js';
import type { MigrateReason } from '../reason.js';
import type { MigrateStats } from '../stats.js';
import type { Batch } from './batch.js';
import type { BatchOutcome } from './batch-outcome.js';

/** How a write-protected copy is done: see cutover-batch.ts. Asked for every batch. */
export interface WriteProtectOptions {
  /** Base pages that are out at once, at most; at least one folio is. */
  piecePages(): number;
  /** Whether to compare each copy with its source before it is mapped: somebody may write without the mapping. */
  compare(): boolean;
}

/** The two halves of a write-protected copy: how the machine write-protects, and how the caller wants it done. */
export interface WriteProtectMeans {
  readonly port: WriteProtectPort;
  readonly options: WriteProtectOptions;
}

/** Where folios are to be moved, what for, and how hard to try. */
export interface MovePlan {
  /** Index of the node to move to. */
  readonly target: number;
  readonly reason: MigrateReason;
  readonly mode: MigrateMode;
  /** Base pages of one batch at most (at least one folio is always taken). 1 is the `serial` kernel. */
  readonly batchPages: number;
}

/** What a batch is moved for, and with. */
export interface BatchContext {
  readonly machine: Machine;
  readonly stats: MigrateStats;
  readonly plan: MovePlan;
  /** The plan's; the parts of a split folio are moved `async` (as in the kernel). */
  readonly mode: MigrateMode;
  /** Passes over folios that gave EAGAIN; the parts of a split folio get one (as in the kernel). */
  readonly passes: number;
  /** Readers go on while the batch is copied: it is write-protected, not unmapped. */
  readonly writeProtected: WriteProtectMeans | undefined;
}

/**
 * A place in the pipeline, for one batch at a time: `unmapBatch` fills it, `moveBatch` empties it. In between
 * the batch is out, and its copy may go on by itself.
 */
export interface BatchSlot {
  readonly batch: Batch;
  /** The outcome of its last batch. */
  readonly outcome: BatchOutcome;
  readonly session: OffloadSession;
  context: BatchContext;
  /** Who is told of this batch's way. */
  observer: BatchObserver | undefined;
  /** The batch holds parts of split folios. */
  parts: boolean;
  /** The session's read section is open. */
  offloading: boolean;
  /** The migrator's copy goes on. */
  copying: boolean;
  /** By what the batch is write-protected, as far as it is mapped; undefined if it is not. */
  writeProtected: WriteProtectMeans | undefined;
  /** The batch in pieces, and which runs can be cut into the same; '' for none: see cutover-batch.ts. */
  pieces: readonly Batch[];
  piecesFor: string;
}
