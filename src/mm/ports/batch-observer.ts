import type { Batch } from '../pipeline/batch.js';
import type { BatchOutcome } from '../pipeline/batch-outcome.js';

/**
 * The phases of a batch, in order.
 * - `copy`: the migrator is called. `wait`: a background copy is waited for.
 * - `move`: the folios that no migrator has copied are copied. `map`: all are mapped. Both come once for each pass.
 * - `undo` replaces `putback` if a folio returns to its source.
 * - `protect` replaces `unmap` in a write-protected copy. `unmap`, `flush`, `move` and `map` then come once for each piece.
 */
export const BATCH_PHASES = [
  'isolate',
  'destinations',
  'protect',
  'unmap',
  'flush',
  'copy',
  'wait',
  'move',
  'map',
  'undo',
  'putback',
] as const;

/**
 * A phase of a batch, as docs/tracing.md describes them.
 * @see {@link EventReader} for an example
 */
export type BatchPhase = (typeof BATCH_PHASES)[number];

/** Gets each batch's progress through the pipeline, as it happens. It changes nothing and never throws. */
export interface BatchObserver {
  /** The batch was filled. None of its folios has been touched. */
  begin(batch: Batch): void;
  /** The batch enters a phase, which ends the phase before. */
  enter(batch: Batch, phase: BatchPhase): void;
  /** The batch is in no phase for now, because the pipeline handles other batches. */
  leave(batch: Batch): void;
  /** The batch has ended: every folio has its final state. `outcome` is reused for the next batch. */
  end(batch: Batch, outcome: BatchOutcome): void;
}
