import { MAX_ORDER } from '../../common/page.js';
import { passesOf } from '../mode.js';
import type { BatchObserver } from '../ports/batch-observer.js';
import type { Machine } from '../ports/machine.js';
import type { OffloadPort } from '../ports/offload-port.js';
import { MigrateStats } from '../stats.js';
import { Batch } from './batch.js';
import { BatchOutcome } from './batch-outcome.js';
import type {
  BatchContext,
  BatchSlot,
  MovePlan,
  WriteProtectMeans,
  WriteProtectOptions,
} from './batch-slot.js';
import { FolioList } from './folio-list.js';
import { FOLIO_ABSENT, FOLIO_FAILED, FOLIO_SPLIT } from './folio-state.js';
import { moveBatch, settleBatch, undoBatch } from './move-batch.js';
import { unmapBatch } from './unmap-batch.js';

export interface MigrateRequest {
  readonly machine: Machine;
  readonly offload: OffloadPort;
  /** The machine's handle of the address space that the folios lie in. */
  readonly space: number;
  readonly plan: MovePlan;
  /** Set if readers continue while their pages are copied: see cutover-batch.ts. Needs `Machine.writeProtection`. */
  readonly writeProtected?: WriteProtectOptions | undefined;
  /** Called when a batch is mapped again. If it returns true, nothing more is unmapped until the next step. */
  readonly afterBatch?: () => boolean;
  /** Called for each batch. Returns the observer of the batch, if it has one. */
  readonly observe?: (() => BatchObserver | undefined) | undefined;
  readonly stats?: MigrateStats;
  /** Called for each folio that failed and so stays in place, in the order of the failures. */
  readonly onFailure?: (page: number, pages: number, errno: number) => void;
  /** Called for each base page that was absent (never touched). Such a page has neither moved nor failed. */
  readonly onAbsent?: ((page: number) => void) | undefined;
}

/** Folios for which the smallest batch has room. V8 keeps typed arrays of up to 64 bytes in its own heap, which is fast. */
const MIN_CAPACITY = 8;

/** A large folio that was split, and the number of its base pages that are still to be tried. */
interface SplitFolio {
  remaining: number;
  failed: boolean;
}

/**
 * Migrates the folios of `list` (the kernel's migrate_pages), batch by batch. While a migrator copies one batch in the
 * background, the next is unmapped and the previous one is mapped, within `offload.depth`.
 *
 * It yields only when nothing is unmapped, so that a caller can stop or do other work. It does so after every batch that
 * this thread copies, and when `afterBatch` requests it.
 *
 * Returns how many folios of the list were not migrated. A split folio counts once if any part of it failed. -ENOMEM means
 * that the target has no more memory, and that the rest of the list is untouched. On every return and throw, every folio is
 * wholly mapped, on the target or where it was.
 */
export function* migratePagesInSteps(request: MigrateRequest, list: FolioList): Generator<void, number> {
  const { offload, afterBatch } = request;
  const pipeline = new Pipeline(request, list);
  try {
    while (pipeline.hasWork || pipeline.out > 0) {
      const depth = Math.max(1, offload.depth);
      let drain = false;
      while (pipeline.hasWork && pipeline.out < depth && !drain) {
        // A batch that this thread has copied need not wait for anything. It is mapped at once.
        drain = !pipeline.unmapNext();
      }
      do {
        pipeline.moveOldest();
        if (afterBatch?.() === true) drain = true;
      } while (drain && pipeline.out > 0);
      if (pipeline.out === 0 && pipeline.result === 0) yield;
    }
  } finally {
    pipeline.undo();
  }
  if (pipeline.result === 0) return pipeline.notMigrated;
  pipeline.failRest();
  return pipeline.result;
}

/** The batches of one migration, and the list that they are cut from. */
class Pipeline {
  /** 0, or the negative errno that ended the migration: nothing more is unmapped. */
  result = 0;
  notMigrated = 0;
  readonly #request: MigrateRequest;
  readonly #list: FolioList;
  readonly #context: BatchContext;
  readonly #partContext: BatchContext;
  readonly #limit: number;
  readonly #parts = new FolioList(0);
  readonly #splits: SplitFolio[] = [];
  readonly #free: BatchSlot[] = [];
  /** Batches in flight, the oldest first. */
  readonly #out: BatchSlot[] = [];
  #slots = 0;
  #next = 0;
  #partNext = 0;

  constructor(request: MigrateRequest, list: FolioList) {
    const { machine, plan } = request;
    this.#request = request;
    this.#list = list;
    const stats = request.stats ?? new MigrateStats();
    const passes = passesOf(plan.mode);
    this.#context = {
      machine,
      plan,
      stats,
      mode: plan.mode,
      passes,
      writeProtected: writeProtectedOf(request),
    };
    this.#partContext = { machine, plan, stats, mode: 'async', passes: 1, writeProtected: undefined };
    this.#limit = Math.max(1, Math.trunc(plan.batchPages) || 1);
  }

  get out(): number {
    return this.#out.length;
  }

  get hasWork(): boolean {
    return this.result === 0 && (this.#next < this.#list.length || this.#partNext < this.#parts.length);
  }

  /** Unmaps the next batch. True if its copy runs in the background. */
  unmapNext(): boolean {
    const parts = this.#partNext < this.#parts.length;
    const slot = this.#takeSlot(parts ? this.#parts.length - this.#partNext : this.#list.length);
    slot.parts = parts;
    if (parts) {
      slot.context = this.#partContext;
      this.#partNext = slot.batch.refill(this.#parts, this.#partNext, this.#limit);
    } else {
      slot.context = this.#context;
      this.#next = slot.batch.refill(this.#list, this.#next, this.#limit);
    }
    slot.observer = this.#request.observe?.();
    this.result = unmapBatch(slot);
    this.#out.push(slot);
    return slot.copying && this.result === 0;
  }

  /** Maps the oldest batch, and records the outcome of its folios. */
  moveOldest(): void {
    const slot = this.#out.shift()!;
    moveBatch(slot);
    this.#recordOutcome(slot);
    this.#free.push(slot);
  }

  /** After an error, undoes every batch that is still in flight. */
  undo(): void {
    const errors: unknown[] = [];
    for (const slot of this.#out.splice(0)) {
      try {
        undoBatch(slot);
        settleBatch(slot);
      } catch (error) {
        // The other batches must be undone anyway.
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  /**
   * A slot with room for `folios`, or for a whole batch. A migration of a few folios gets a small slot: memory for 512
   * folios costs 10 µs, and the same again in the garbage collector. The parts of a split folio may need a larger slot
   * later.
   */
  #takeSlot(folios: number): BatchSlot {
    const capacity = Math.min(this.#limit, Math.max(folios, MIN_CAPACITY));
    const slot = this.#free.pop();
    if (slot !== undefined && slot.batch.capacity >= capacity) return slot;
    const { space, offload } = this.#request;
    return {
      batch: new Batch(space, capacity, slot?.batch.slot ?? this.#slots++),
      outcome: slot?.outcome ?? new BatchOutcome(),
      session: slot?.session ?? offload.session(),
      context: this.#context,
      observer: undefined,
      parts: false,
      offloading: false,
      copying: false,
      writeProtected: undefined,
      pieces: [],
      piecesFor: '',
    };
  }

  #recordOutcome({ batch, parts }: BatchSlot): void {
    const { onFailure, onAbsent } = this.#request;
    if (batch.arrived && !parts) return;
    for (let i = 0; i < batch.length; i++) {
      const state = batch.state[i];
      const split = parts ? this.#splits[0]! : undefined;
      if (state === FOLIO_SPLIT) {
        const pages = 1 << batch.order[i]!;
        for (let k = 0; k < pages; k++) this.#parts.push(batch.page[i]! + k, 0);
        this.#splits.push({ remaining: pages, failed: false });
      } else if (state === FOLIO_FAILED) {
        onFailure?.(batch.page[i]!, 1 << batch.order[i]!, batch.errno[i]!);
        if (split === undefined) this.notMigrated++;
        else split.failed = true;
      } else if (state === FOLIO_ABSENT) {
        onAbsent?.(batch.page[i]!);
      }
      if (split !== undefined && --split.remaining === 0) {
        if (split.failed) this.notMigrated++;
        this.#splits.shift();
      }
    }
    if (this.#partNext === this.#parts.length) {
      this.#parts.clear();
      this.#partNext = 0;
    }
  }

  /** The target has no more memory. The folios that were never tried fail with that errno. */
  failRest(): void {
    this.#failUntried(this.#parts, this.#partNext);
    this.#failUntried(this.#list, this.#next);
  }

  #failUntried(list: FolioList, from: number): void {
    const { stats } = this.#context;
    let folios = 0;
    let pages = 0;
    let thp = 0;
    for (let i = from; i < list.length; i++) {
      if (list.inGap[i] === 1) continue;
      const size = 1 << list.order[i]!;
      this.#request.onFailure?.(list.page[i]!, size, -this.result);
      folios++;
      pages += size;
      if (list.order[i] === MAX_ORDER) thp++;
    }
    stats.add('folios_failed', folios);
    stats.add('nr_failed_pages', pages);
    stats.add('nr_thp_failed', thp);
  }
}

/** @throws Error if a write-protected copy is requested and the machine cannot write-protect memory. */
function writeProtectedOf({ machine, writeProtected }: MigrateRequest): WriteProtectMeans | undefined {
  if (writeProtected === undefined) return undefined;
  if (machine.writeProtection === undefined)
    throw new Error('writeProtected: the machine cannot write-protect memory');
  return { port: machine.writeProtection, options: writeProtected };
}

/** Runs `migratePagesInSteps` to its end. */
export function migratePages(request: MigrateRequest, list: FolioList): number {
  const steps = migratePagesInSteps(request, list);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
