import { ERRNO } from '../../common/errno.js';
import { type Batch, NO_FRAME } from './batch.js';
import type { BatchContext, BatchSlot } from './batch-slot.js';
import { FOLIO_UNMAPPED } from './folio-state.js';

/**
 * Step 6, with the retries of step 7: copies each UNMAPPED folio that is not copied yet, and maps it at its destination.
 * Returns the time at which the first copy pass ended. `batch` is the slot's batch, or a piece of it.
 */
export function moveFolios(
  { context, observer, batch: observed }: BatchSlot,
  batch: Batch,
  passes: number,
): number {
  const { machine, mode, stats } = context;
  const { length, state, copied, ready, errno } = batch;
  let copyEnd = 0;
  for (let pass = 1; pass <= passes; pass++) {
    observer?.enter(observed, 'move');
    if (batch.shape === 'whole' && !batch.has(copied, 0)) {
      copied.fill(0, 0, length);
      ready.fill(1, 0, length);
    } else if (batch.shape === 'whole' && !batch.has(copied, 1) && machine.copyWhole?.(batch) === true) {
      ready.fill(1, 0, length);
    } else {
      copyRest(context, batch);
      // A folio that could not be copied stays.
      if (batch.has(ready, 0)) batch.degrade();
    }
    if (pass === 1) copyEnd = machine.now();
    observer?.enter(observed, 'map');
    machine.map(batch);
    if (batch.arrived) break;
    let again = 0;
    for (let i = 0; i < length; i++) {
      ready[i] = 0;
      if (state[i] === FOLIO_UNMAPPED && errno[i] === ERRNO.EAGAIN) again++;
    }
    if (again === 0) break;
    if (pass < passes) {
      stats.add('retries', again);
      machine.pause(mode, pass);
    }
  }
  return copyEnd;
}

/** Copies the folios that are not in their destination yet. All folios with a complete copy become `ready`. */
function copyRest(context: BatchContext, batch: Batch): void {
  const { length, state, copied, ready, errno } = batch;
  for (let i = 0; i < length; i++) {
    if (state[i] !== FOLIO_UNMAPPED || (errno[i] !== 0 && errno[i] !== ERRNO.EAGAIN)) continue;
    errno[i] = 0;
    if (copied[i] === 1) {
      // Cleared at the first use. If this folio has to be retried, its source may have changed by then.
      copied[i] = 0;
    } else {
      const error = copyFolio(context, batch, i, batch.src[i]!);
      if (error !== 0) {
        errno[i] = -error;
        continue;
      }
    }
    ready[i] = 1;
  }
}

/** Copies one folio from frame `from`. A folio whose destination was quarantined gets another destination first. */
export function copyFolio(
  { machine, plan }: BatchContext,
  batch: Batch,
  index: number,
  from: number,
): number {
  if (batch.dst[index] === NO_FRAME) {
    const error = machine.takeDestination(batch, index, plan.target);
    if (error !== 0) return error;
  }
  return machine.copyFrames(batch.dst[index]!, from, 1 << batch.order[index]!);
}
