import { ERRNO } from '../../common/errno.js';
import type { Batch } from './batch.js';
import type { BatchContext, BatchSlot } from './batch-slot.js';
import { FOLIO_ABSENT, FOLIO_FAILED, FOLIO_ISOLATED, FOLIO_SPLIT, FOLIO_STAYED } from './folio-state.js';
import { undoBatch } from './move-batch.js';
import { unmapFolios } from './unmap-folios.js';

/**
 * The first half of a batch (the kernel's migrate_pages_batch, with the RFC's batch copy): isolate, take destinations,
 * unmap all, flush once, give the copy to the migrator. `moveBatch` is the second half and has to follow. A write-protected
 * copy write-protects the folios instead of unmapping them: see cutover-batch.ts.
 *
 * Returns 0, or -ENOMEM when the target node has no more memory. Folios without a destination are then FAILED with that
 * errno, and the caller should stop.
 *
 * If the machine throws, the unmapped folios are undone before the error is thrown on, and `moveBatch` must not follow.
 */
export function unmapBatch(slot: BatchSlot): number {
  const { batch, session, context, observer } = slot;
  const { machine, stats } = context;
  const started = machine.now();
  // One read section holds both the policy check and the copy. So the migrator that was chosen is the one that copies, and
  // it still exists.
  slot.offloading = session.begin(context.plan.reason);
  slot.copying = false;
  observer?.begin(batch);
  try {
    observer?.enter(batch, 'isolate');
    isolateAll(context, batch);
    observer?.enter(batch, 'destinations');
    const result = takeDestinations(context, batch);
    const taken = machine.now();
    stats.add('destination_ns', taken - started);
    slot.writeProtected = context.writeProtected;
    observer?.enter(batch, slot.writeProtected === undefined ? 'unmap' : 'protect');
    if (slot.writeProtected === undefined) unmapFolios(context, batch);
    else slot.writeProtected.port.protect(batch);
    observer?.enter(batch, 'flush');
    machine.flush();
    const unmapped = machine.now();
    stats.add('unmap_ns', unmapped - taken);
    if (slot.offloading) {
      observer?.enter(batch, 'copy');
      slot.copying = session.start(batch, stats);
      stats.add('copy_ns', machine.now() - unmapped);
    }
    observer?.leave(batch);
    return result;
  } catch (error) {
    undoBatch(slot);
    observer?.end(batch, slot.outcome.count(batch));
    throw error;
  }
}

function isolateAll({ machine }: BatchContext, batch: Batch): void {
  const { length, state, errno, inGap } = batch;
  if (batch.shape === 'run' && machine.isolateRun?.(batch) === true) {
    state.fill(FOLIO_ISOLATED, 0, length);
    return;
  }
  batch.degrade();
  for (let i = 0; i < length; i++) {
    const error = machine.isolate(batch, i);
    if (error === 0) {
      state[i] = FOLIO_ISOLATED;
    } else if (inGap[i] === 1) {
      state[i] = FOLIO_STAYED;
    } else if (error === -ERRNO.ENOENT) {
      state[i] = FOLIO_ABSENT;
    } else {
      state[i] = FOLIO_FAILED;
      errno[i] = -error;
    }
  }
}

/** Step 2: takes a destination for each folio. A large folio without one is split. Otherwise the batch ends here. */
function takeDestinations({ machine, plan }: BatchContext, batch: Batch): number {
  const { target, reason } = plan;
  const { length, state, order, errno, inGap } = batch;
  if (batch.shape === 'run' && machine.takeDestinationRun?.(batch, target) === true) return 0;
  batch.degrade();
  let result = 0;
  for (let i = 0; i < length; i++) {
    if (state[i] !== FOLIO_ISOLATED) continue;
    const error = result === 0 ? machine.takeDestination(batch, i, target) : result;
    if (error === 0) continue;
    if (inGap[i] === 1) {
      state[i] = FOLIO_STAYED;
    } else if (error === -ERRNO.ENOMEM && result === 0 && order[i]! > 0 && reason !== 'numa_misplaced') {
      state[i] = FOLIO_SPLIT;
    } else {
      result = error;
      state[i] = FOLIO_FAILED;
      errno[i] = -error;
    }
    machine.putback(batch, i);
  }
  return result;
}
