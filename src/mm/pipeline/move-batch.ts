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
 * The second half of a batch that `unmapBatch` took out: wait for the migrator's copy, move each folio, undo the
 * rest.
 *
 * On return every folio of the batch is MOVED, FAILED, SPLIT, ABSENT or STAYED (see folio-state.ts), none is
 * unmapped and none is isolated; also when the machine throws.
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

/** Counts what became of a batch that is back, and has it told. */
export function settleBatch({ batch, outcome, context, observer }: BatchSlot): void {
  outcome.count(batch).addTo(context.stats);
  observer?.end(batch, outcome);
}

/**
 * Undo: the copy is over or given up, whatever is still unmapped goes back to its source, unchanged, and every
 * reservation ends. Also the way out when something threw, so it looks at nothing but the slot and the folios' states.
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

/** No frame of the batch may change hands before its copy is over. Ends the read section. */
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
    // Whatever stays may be written to again: nobody is left waiting for a cutover that will not come, also if what is out
    // cannot be brought back.
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
