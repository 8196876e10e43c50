import type { Batch } from './batch.js';
import type { BatchObserver } from './batch-observer.js';
import type { Machine } from './machine.js';
import type { MigrateMode } from './mode.js';
import type { OffloadSession } from './offload-port.js';
import type { MigrateReason } from './reason.js';
import type { MigrateStats } from './stats.js';

/** What a batch is moved for, and with. */
export interface BatchContext {
  readonly machine: Machine;
  readonly stats: MigrateStats;
  readonly target: number;
  readonly reason: MigrateReason;
  readonly mode: MigrateMode;
  /** Passes over folios that gave EAGAIN; the parts of a split folio get one (as in the kernel). */
  readonly passes?: number;
}

/**
 * A place in the pipeline, for one batch at a time: `unmapBatch` fills it, `moveBatch` empties it. In between
 * the batch is out, and its copy may go on by itself.
 */
export interface BatchSlot {
  readonly batch: Batch;
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
}
