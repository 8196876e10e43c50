import { ERRNO } from '../../common/errno.js';
import { NO_FRAME } from './batch.js';
import type { BatchSlot } from './batch-slot.js';
import { cutoverBatch } from './cutover-batch.js';
import {
  FOLIO_FAILED,
  FOLIO_ISOLATED,
  FOLIO_LISTED,
  FOLIO_MOVED,
  FOLIO_STAYED,
  FOLIO_UNMAPPED,
} from './folio-state.js';
import { moveFolios } from './move-folios.js';

/**
 * The second half of a batch that `unmapBatch` unmapped: waits for the migrator's copy, moves each folio and undoes the
 * rest.
 *
 * On return every folio is MOVED, FAILED, SPLIT, ABSENT or STAYED (see folio-state.ts). None is unmapped or isolated, even
 * if the machine throws.
 */
export function moveBatch(slot: BatchSlot): void {
  const { batch, context } = slot;
  const { machine, stats } = context;
  const started = machine.now();
  try {
    finishCopy(slot);
    if (slot.writeProtected !== undefined) {
      stats.add('copy_ns', machine.now() - started);
      cutoverBatch(slot, slot.writeProtected);
    } else {
      const copied = moveFolios(slot, batch, context.passes);
      stats.add('copy_ns', copied - started);
      stats.add('map_ns', machine.now() - copied);
    }
  } finally {
    undoBatch(slot);
    settleBatch(slot);
  }
}

/** Counts the outcome of a batch that is mapped again, and notifies its observer. */
export function settleBatch({ batch, outcome, context, observer }: BatchSlot): void {
  outcome.count(batch).addTo(context.stats);
  observer?.end(batch, outcome);
}

/**
 * Undo. The copy ends or is abandoned, folios that are still unmapped return to their source unchanged, and every isolation
 * ends. It also runs after an error, so it relies only on the slot and the states of the folios.
 */
export function undoBatch(slot: BatchSlot): void {
  try {
    finishCopy(slot);
  } finally {
    const { batch } = slot;
    slot.observer?.enter(batch, batch.has(batch.state, FOLIO_UNMAPPED) ? 'undo' : 'putback');
    undoRest(slot);
  }
}

/** Waits for the copy, because no frame of the batch may change owner before it ends. Closes the read section. */
function finishCopy(slot: BatchSlot): void {
  const { batch, session, context } = slot;
  try {
    if (slot.copying) {
      slot.copying = false;
      slot.observer?.enter(batch, 'wait');
      session.finish(batch, context.stats);
    }
  } finally {
    if (slot.offloading) {
      slot.offloading = false;
      session.end();
    }
  }
}

function undoRest(slot: BatchSlot): void {
  const { batch, writeProtected, context } = slot;
  const { machine } = context;
  const { length, state, errno, dst, inGap } = batch;
  slot.writeProtected = undefined;
  if (batch.arrived && machine.putbackRun !== undefined) {
    machine.putbackRun(batch);
    return;
  }
  try {
    machine.undo(batch);
  } finally {
    // Folios that stay may be written to again. No thread may wait for a cutover that never comes, even if an unmapped
    // folio cannot be brought back.
    writeProtected?.port.unprotect(batch);
  }
  for (let i = 0; i < length; i++) {
    if (state[i] === FOLIO_ISOLATED) {
      state[i] = inGap[i] === 1 ? FOLIO_STAYED : FOLIO_FAILED;
      if (errno[i] === 0 || errno[i] === ERRNO.EAGAIN) errno[i] = ERRNO.EBUSY;
      if (dst[i] !== NO_FRAME) machine.freeDestination(batch, i);
      machine.putback(batch, i);
    } else if (state[i] === FOLIO_MOVED) {
      machine.putback(batch, i);
    } else if (state[i] === FOLIO_LISTED) {
      state[i] = FOLIO_FAILED;
      errno[i] = ERRNO.EIO;
    }
  }
}
