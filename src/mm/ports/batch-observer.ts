import type { Batch } from '../pipeline/batch.js';
import type { BatchOutcome } from '../pipeline/batch-outcome.js';

/**
 * What a batch goes through, in order. `protect` is in the place of `unmap` where readers go on during the copy; then the
 * batch is cut over afterwards, piece by piece: `unmap`, `flush`, `move`, `map` come once for each. `copy` is where the migrator is called, `wait` where the end of a copy that went
 * on by itself is waited for; `move` copies what no migrator has copied, `map` maps it. `move` and `map` come once for
 * each pass; `undo` in place of `putback` where something goes back to its source.
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
 *
 * @see {@link EventReader} for an example
 */
export type BatchPhase = (typeof BATCH_PHASES)[number];

/** Who wants to be told of each batch's way through the pipeline, as it happens. It changes nothing, and never throws. */
export interface BatchObserver {
  /** The batch was filled, and nothing of it has been touched. */
  begin(batch: Batch): void;
  /** It enters a phase; the one that it was in before is over. */
  enter(batch: Batch, phase: BatchPhase): void;
  /** It is in no phase for now: other batches have their turn. */
  leave(batch: Batch): void;
  /** It is over: every folio is settled. `outcome` is used again for the next batch. */
  end(batch: Batch, outcome: BatchOutcome): void;
}
