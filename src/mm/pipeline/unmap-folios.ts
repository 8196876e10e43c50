import { ERRNO } from '../../common/errno.js';
import type { Machine } from '../ports/machine.js';
import { type Batch, NO_FRAME } from './batch.js';
import type { BatchContext } from './batch-slot.js';
import { FOLIO_ABSENT, FOLIO_FAILED, FOLIO_ISOLATED, FOLIO_SPLIT, FOLIO_STAYED } from './folio-state.js';

/** Step 4, with the retries of step 7. A folio that cannot be unmapped gets its final state here, still wholly mapped. */
export function unmapFolios(context: BatchContext, batch: Batch): void {
  const { machine, mode, passes, stats } = context;
  for (let pass = 1; ; pass++) {
    unmapOnce(machine, batch);
    const again = classifyRemaining(context, batch, pass === passes);
    if (again === 0) return;
    stats.add('retries', again);
    machine.pause(mode, pass);
  }
}

/** Unmaps the folios that can be unmapped now. If a folio stays mapped, the batch is degraded. */
export function unmapOnce(machine: Machine, batch: Batch): void {
  machine.unmap(batch);
  if (batch.has(batch.state, FOLIO_ISOLATED)) batch.degrade();
}

/**
 * Decides the state of the folios that are still mapped because a step failed: SPLIT, ABSENT, STAYED or FAILED. A folio
 * that gave EAGAIN is left for another pass, unless this was the `last`. Returns the number of those.
 */
export function classifyRemaining({ machine, plan }: BatchContext, batch: Batch, last: boolean): number {
  const { length, state, order, errno, inGap, dst } = batch;
  // A folio whose destination was quarantined, and that got no other, has nothing to free.
  const drop = (i: number): void => {
    if (dst[i] !== NO_FRAME) machine.freeDestination(batch, i);
  };
  if (!batch.has(state, FOLIO_ISOLATED)) return 0;
  let again = 0;
  for (let i = 0; i < length; i++) {
    if (state[i] !== FOLIO_ISOLATED) continue;
    const error = errno[i]!;
    if (inGap[i] === 1) {
      // It did not need to move, so it stays whatever the error was.
      state[i] = FOLIO_STAYED;
      drop(i);
      machine.putback(batch, i);
      continue;
    }
    if (error === ERRNO.EAGAIN && !last) {
      again++;
      continue;
    }
    const mayBeSplit = error === ERRNO.ENOENT || error === ERRNO.EHWPOISON || error === ERRNO.EINVAL;
    if (mayBeSplit && order[i]! > 0 && plan.reason !== 'numa_misplaced') {
      // A large folio with a hole or a poisoned page, or across two mappings, cannot move as one. Its other pages move one
      // by one.
      state[i] = FOLIO_SPLIT;
    } else if (error === ERRNO.ENOENT && order[i] === 0) {
      state[i] = FOLIO_ABSENT;
    } else {
      state[i] = FOLIO_FAILED;
      // A page that gave EAGAIN on every pass is busy in the terms of move_pages(2).
      if (error === ERRNO.EAGAIN) errno[i] = ERRNO.EBUSY;
    }
    drop(i);
    machine.putback(batch, i);
  }
  return again;
}
