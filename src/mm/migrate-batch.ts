import type { Batch } from './batch.js';
import { NO_FRAME } from './batch.js';
import { ERRNO } from './errno.js';
import {
  FOLIO_ABSENT,
  FOLIO_FAILED,
  FOLIO_ISOLATED,
  FOLIO_LISTED,
  FOLIO_MOVED,
  FOLIO_SPLIT,
  FOLIO_UNMAPPED,
} from './folio-state.js';
import type { Machine } from './machine.js';
import { type MigrateMode, passesOf } from './mode.js';
import type { OffloadPort } from './offload-port.js';
import { MAX_ORDER, PAGE_SIZE } from './page.js';
import type { MigrateReason } from './reason.js';
import type { MigrateStats } from './stats.js';

/** What a batch is moved for, and with. */
export interface BatchContext {
  readonly machine: Machine;
  readonly offload: OffloadPort;
  readonly stats: MigrateStats;
  readonly target: number;
  readonly reason: MigrateReason;
  readonly mode: MigrateMode;
  /** Passes over folios that gave EAGAIN; the parts of a split folio get one (as in the kernel). */
  readonly passes?: number;
}

/**
 * Migrates one batch (the kernel's migrate_pages_batch, with the RFC's batch copy): isolate, take
 * destinations, unmap all, flush once, copy the batch, move each, undo the rest.
 *
 * On return every folio of the batch is MOVED, FAILED, SPLIT or ABSENT (see folio-state.ts), none is
 * unmapped and none is isolated. Returns 0, or what `takeDestination` said, -ENOMEM, when the target node has
 * no more memory: the folios that got none are FAILED with it and the caller should not go on.
 *
 * If the machine throws, what is unmapped is restored before the error goes on.
 */
export function migrateBatch(context: BatchContext, batch: Batch): number {
  const { machine, offload, stats } = context;
  const passes = context.passes ?? passesOf(context.mode);
  const started = machine.now();
  let unmapped = started;
  let copied = started;
  let result = 0;
  // The policy question and the copy lie in one read section, so that the migrator which was asked is
  // the one that copies, and is still there.
  const offloading = offload.begin(context.reason);
  try {
    isolateAll(context, batch);
    result = takeDestinations(context, batch);
    const taken = machine.now();
    stats.add('destination_ns', taken - started);
    unmapAll(context, batch, passes);
    machine.flush();
    unmapped = machine.now();
    stats.add('unmap_ns', unmapped - taken);
    if (offloading) offload.copy(batch, stats);
  } catch (error) {
    rescue(machine, batch);
    throw error;
  } finally {
    if (offloading) offload.end();
  }
  try {
    copied = moveAll(context, batch, passes);
    stats.add('copy_ns', copied - unmapped);
    stats.add('map_ns', machine.now() - copied);
  } finally {
    rescue(machine, batch);
    account(stats, batch);
  }
  return result;
}

function isolateAll({ machine }: BatchContext, batch: Batch): void {
  const { length, state, errno } = batch;
  for (let i = 0; i < length; i++) {
    const error = machine.isolate(batch, i);
    if (error === 0) {
      state[i] = FOLIO_ISOLATED;
    } else if (error === -ERRNO.ENOENT) {
      state[i] = FOLIO_ABSENT;
    } else {
      state[i] = FOLIO_FAILED;
      errno[i] = -error;
    }
  }
}

/** Step 2: a destination each. Without one a large folio is split; otherwise the batch ends here. */
function takeDestinations({ machine, target, reason }: BatchContext, batch: Batch): number {
  const { length, state, order, errno } = batch;
  let result = 0;
  for (let i = 0; i < length; i++) {
    if (state[i] !== FOLIO_ISOLATED) continue;
    const error = result === 0 ? machine.takeDestination(batch, i, target) : result;
    if (error === 0) continue;
    if (error === -ERRNO.ENOMEM && result === 0 && order[i]! > 0 && reason !== 'numa_misplaced') {
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

/** Step 4, with the retries of step 7. What cannot be unmapped is settled here, still wholly mapped. */
function unmapAll({ machine, mode, reason, stats }: BatchContext, batch: Batch, passes: number): void {
  const { length, state, order, errno } = batch;
  for (let pass = 1; ; pass++) {
    machine.unmap(batch);
    let again = 0;
    for (let i = 0; i < length; i++) {
      if (state[i] !== FOLIO_ISOLATED) continue;
      const error = errno[i]!;
      if (error === ERRNO.EAGAIN && pass < passes) {
        again++;
        continue;
      }
      const torn = error === ERRNO.ENOENT || error === ERRNO.EHWPOISON;
      if (torn && order[i]! > 0 && reason !== 'numa_misplaced') {
        // A large folio with a hole or a poisoned page is no folio: its other pages move one by one.
        state[i] = FOLIO_SPLIT;
      } else if (error === ERRNO.ENOENT && order[i] === 0) {
        state[i] = FOLIO_ABSENT;
      } else {
        state[i] = FOLIO_FAILED;
        // What was only "not now" for every pass is what move_pages(2) calls busy.
        if (error === ERRNO.EAGAIN) errno[i] = ERRNO.EBUSY;
      }
      machine.dropDestination(batch, i);
      machine.putback(batch, i);
    }
    if (again === 0) return;
    stats.add('retries', again);
    machine.pause(mode, pass);
  }
}

/**
 * Step 6, with the retries and the undo of step 7: copies each folio whose content is not yet in its
 * destination, and maps it there. Returns when the first copy pass was over.
 */
function moveAll({ machine, mode, stats }: BatchContext, batch: Batch, passes: number): number {
  const { length, state, copied, ready, errno } = batch;
  let copyEnd = 0;
  for (let pass = 1; pass <= passes; pass++) {
    for (let i = 0; i < length; i++) {
      if (state[i] !== FOLIO_UNMAPPED || (errno[i] !== 0 && errno[i] !== ERRNO.EAGAIN)) continue;
      errno[i] = 0;
      if (copied[i] === 1) {
        // Consumed when first read: if this folio has to be retried, its source may have changed by then.
        copied[i] = 0;
      } else {
        const error = machine.copyFrames(batch.dst[i]!, batch.src[i]!, 1 << batch.order[i]!);
        if (error !== 0) {
          errno[i] = -error;
          continue;
        }
      }
      ready[i] = 1;
    }
    if (pass === 1) copyEnd = machine.now();
    machine.map(batch);
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

/**
 * Undo: whatever is still unmapped goes back to its source, unchanged, and every reservation ends. Also the
 * way out when something threw, so it looks at nothing but the folios' states.
 */
function rescue(machine: Machine, batch: Batch): void {
  const { length, state, errno, dst } = batch;
  machine.restore(batch);
  for (let i = 0; i < length; i++) {
    if (state[i] === FOLIO_ISOLATED) {
      state[i] = FOLIO_FAILED;
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

function account(stats: MigrateStats, batch: Batch): void {
  const { length, state, order } = batch;
  let movedFolios = 0;
  let movedPages = 0;
  let movedThp = 0;
  let failedFolios = 0;
  let failedPages = 0;
  let failedThp = 0;
  let absent = 0;
  let split = 0;
  let splitThp = 0;
  for (let i = 0; i < length; i++) {
    const thp = order[i] === MAX_ORDER ? 1 : 0;
    switch (state[i]) {
      case FOLIO_MOVED:
        movedFolios++;
        movedPages += 1 << order[i]!;
        movedThp += thp;
        break;
      case FOLIO_FAILED:
        failedFolios++;
        failedPages += 1 << order[i]!;
        failedThp += thp;
        break;
      case FOLIO_SPLIT:
        split++;
        splitThp += thp;
        break;
      default:
        absent++;
    }
  }
  stats.add('nr_succeeded', movedPages);
  stats.add('pgmigrate_success', movedPages);
  stats.add('folios_moved', movedFolios);
  stats.add('bytes_moved', movedPages * PAGE_SIZE);
  stats.add('nr_thp_succeeded', movedThp);
  stats.add('thp_migration_success', movedThp);
  stats.add('nr_failed_pages', failedPages);
  stats.add('pgmigrate_fail', failedPages);
  stats.add('folios_failed', failedFolios);
  stats.add('nr_thp_failed', failedThp);
  stats.add('thp_migration_fail', failedThp);
  stats.add('folios_absent', absent);
  stats.add('splits', split);
  stats.add('nr_split', split);
  stats.add('nr_thp_split', splitThp);
  stats.add('thp_migration_split', splitThp);
  stats.add('batches', 1);
}
