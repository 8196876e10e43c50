import { type Batch, NO_FRAME } from './batch.js';
import type { BatchContext, BatchSlot } from './batch-slot.js';
import { countBatch } from './count-batch.js';
import { ERRNO } from './errno.js';
import {
  FOLIO_FAILED,
  FOLIO_ISOLATED,
  FOLIO_LISTED,
  FOLIO_MOVED,
  FOLIO_STAYED,
  FOLIO_UNMAPPED,
} from './folio-state.js';
import type { Machine } from './machine.js';
import { passesOf } from './mode.js';

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
  const passes = context.passes ?? passesOf(context.mode);
  const started = machine.now();
  try {
    finishCopy(slot);
    const copied = moveAll(slot, passes);
    stats.add('copy_ns', copied - started);
    stats.add('map_ns', machine.now() - copied);
  } finally {
    undoBatch(slot);
    countBatch(stats, batch);
    slot.observer?.end(batch);
  }
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
    putBack(slot.context.machine, batch);
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

/**
 * Step 6, with the retries and the undo of step 7: copies each folio whose content is not yet in its
 * destination, and maps it there. Returns when the first copy pass was over.
 */
function moveAll({ context, batch, observer }: BatchSlot, passes: number): number {
  const { machine, mode, stats } = context;
  const { length, state, copied, ready, errno } = batch;
  let copyEnd = 0;
  for (let pass = 1; pass <= passes; pass++) {
    observer?.enter(batch, 'move');
    if (batch.whole && pass === 1 && !batch.has(copied, 0)) {
      copied.fill(0, 0, length);
      ready.fill(1, 0, length);
    } else {
      copyRest(context, batch);
    }
    if (pass === 1) copyEnd = machine.now();
    observer?.enter(batch, 'map');
    machine.map(batch);
    if (batch.allMoved) break;
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

/** Copies what is not in its destination yet; what is in there is ready to be mapped. */
function copyRest(context: BatchContext, batch: Batch): void {
  const { length, state, copied, ready, errno } = batch;
  for (let i = 0; i < length; i++) {
    if (state[i] !== FOLIO_UNMAPPED || (errno[i] !== 0 && errno[i] !== ERRNO.EAGAIN)) continue;
    errno[i] = 0;
    if (copied[i] === 1) {
      // Consumed when first read: if this folio has to be retried, its source may have changed by then.
      copied[i] = 0;
    } else {
      const error = copyFolio(context, batch, i);
      if (error !== 0) {
        errno[i] = -error;
        continue;
      }
    }
    ready[i] = 1;
  }
}

/** Copies one folio. One whose destination was quarantined gets another first. */
function copyFolio({ machine, target }: BatchContext, batch: Batch, index: number): number {
  if (batch.dst[index] === NO_FRAME) {
    const error = machine.takeDestination(batch, index, target);
    if (error !== 0) return error;
  }
  return machine.copyFrames(batch.dst[index]!, batch.src[index]!, 1 << batch.order[index]!);
}

function putBack(machine: Machine, batch: Batch): void {
  const { length, state, errno, dst, bridge } = batch;
  if (batch.allMoved && batch.run && machine.putbackRun !== undefined) {
    machine.putbackRun(batch);
    return;
  }
  machine.restore(batch);
  for (let i = 0; i < length; i++) {
    if (state[i] === FOLIO_ISOLATED) {
      state[i] = bridge[i] === 1 ? FOLIO_STAYED : FOLIO_FAILED;
      if (errno[i] === 0 || errno[i] === ERRNO.EAGAIN) errno[i] = ERRNO.EBUSY;
      if (dst[i] !== NO_FRAME) machine.dropDestination(batch, i);
      machine.putback(batch, i);
    } else if (state[i] === FOLIO_MOVED) {
      machine.putback(batch, i);
    } else if (state[i] === FOLIO_LISTED) {
      state[i] = FOLIO_FAILED;
      errno[i] = ERRNO.EIO;
    }
  }
}
