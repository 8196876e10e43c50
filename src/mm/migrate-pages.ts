import { Batch } from './batch.js';
import { FolioList } from './folio-list.js';
import { FOLIO_ABSENT, FOLIO_FAILED, FOLIO_SPLIT } from './folio-state.js';
import type { Machine } from './machine.js';
import { type BatchContext, migrateBatch } from './migrate-batch.js';
import type { MigrateMode } from './mode.js';
import type { OffloadPort } from './offload-port.js';
import { MAX_ORDER } from './page.js';
import type { MigrateReason } from './reason.js';
import { MigrateStats } from './stats.js';

export interface MigrateRequest {
  readonly machine: Machine;
  readonly offload: OffloadPort;
  /** The machine's handle of the address space that the folios lie in. */
  readonly space: number;
  /** The node to move to. */
  readonly target: number;
  readonly reason: MigrateReason;
  readonly mode: MigrateMode;
  /** Base pages of one batch at most (at least one folio is always taken). 1 is the `serial` kernel. */
  readonly maxBatchedMigration: number;
  /** Where the counters go. */
  readonly stats?: MigrateStats;
  /** Told of each folio that stays where it was, in the order in which they failed. */
  readonly onFailure?: (page: number, pages: number, errno: number) => void;
  /** Told of each base page that was not there (never touched), which is neither moved nor failed. */
  readonly onAbsent?: (page: number) => void;
}

/** A large folio that was split, and how many of its base pages are still to be tried. */
interface SplitFolio {
  remaining: number;
  failed: boolean;
}

/**
 * Migrates the folios of `list` (the kernel's migrate_pages), batch by batch; it yields after each batch,
 * when nothing is unmapped, so that a caller can stop or do something else in between.
 *
 * Returns how many folios of the list were not migrated (a folio that was split counts once, if any part
 * of it failed), or a negative errno when it could not go on: -ENOMEM, with the rest of the list untouched.
 * Whatever it returns, every folio is wholly mapped, on the target or where it was.
 */
export function* migratePagesInSteps(request: MigrateRequest, list: FolioList): Generator<void, number> {
  const stats = request.stats ?? new MigrateStats();
  const context: BatchContext = {
    machine: request.machine,
    offload: request.offload,
    stats,
    target: request.target,
    reason: request.reason,
    mode: request.mode,
  };
  // The parts of a split folio get the kernel's "minimal effort": async, one pass.
  const partContext: BatchContext = { ...context, mode: 'async', passes: 1 };
  const limit = Math.max(1, Math.trunc(request.maxBatchedMigration) || 1);
  const batch = new Batch(request.space, Math.max(1, Math.min(limit, Math.max(list.length, 512))));
  const parts = new FolioList();
  const splits: SplitFolio[] = [];
  let notMigrated = 0;
  let next = 0;
  let partNext = 0;

  while (next < list.length || partNext < parts.length) {
    const doingParts = partNext < parts.length;
    let result: number;
    if (doingParts) {
      partNext = batch.refill(parts, partNext, limit);
      result = migrateBatch(partContext, batch);
    } else {
      next = batch.refill(list, next, limit);
      result = migrateBatch(context, batch);
    }

    for (let i = 0; i < batch.length; i++) {
      const state = batch.state[i];
      const split = doingParts ? splits[0]! : undefined;
      if (state === FOLIO_SPLIT) {
        const pages = 1 << batch.order[i]!;
        for (let k = 0; k < pages; k++) parts.push(batch.page[i]! + k, 0);
        splits.push({ remaining: pages, failed: false });
      } else if (state === FOLIO_FAILED) {
        request.onFailure?.(batch.page[i]!, 1 << batch.order[i]!, batch.errno[i]!);
        if (split === undefined) notMigrated++;
        else split.failed = true;
      } else if (state === FOLIO_ABSENT) {
        request.onAbsent?.(batch.page[i]!);
      }
      if (split !== undefined && --split.remaining === 0) {
        if (split.failed) notMigrated++;
        splits.shift();
      }
    }
    if (partNext === parts.length) {
      parts.clear();
      partNext = 0;
    }

    if (result !== 0) {
      failUntried(request, stats, parts, partNext, -result);
      failUntried(request, stats, list, next, -result);
      return result;
    }
    yield;
  }
  return notMigrated;
}

/** Runs `migratePagesInSteps` to its end. */
export function migratePages(request: MigrateRequest, list: FolioList): number {
  const steps = migratePagesInSteps(request, list);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** What was never tried because the target had no more memory: failed, with that errno. */
function failUntried(
  request: MigrateRequest,
  stats: MigrateStats,
  list: FolioList,
  from: number,
  errno: number,
): void {
  let pages = 0;
  let thp = 0;
  for (let i = from; i < list.length; i++) {
    const size = 1 << list.order[i]!;
    request.onFailure?.(list.page[i]!, size, errno);
    pages += size;
    if (list.order[i] === MAX_ORDER) thp++;
  }
  stats.add('folios_failed', list.length - from);
  stats.add('nr_failed_pages', pages);
  stats.add('pgmigrate_fail', pages);
  stats.add('nr_thp_failed', thp);
  stats.add('thp_migration_fail', thp);
}
