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
  /** Readers go on while their pages are copied: see cutover-batch.ts. Needs `Machine.writeProtection`. */
  readonly writeProtected?: WriteProtectOptions | undefined;
  /** Called when a batch is back. True: nothing more is to be unmapped until the next step. */
  readonly afterBatch?: () => boolean;
  /** Asked for each batch: who is to be told of its way. */
  readonly observe?: (() => BatchObserver | undefined) | undefined;
  /** Where the counters go. */
  readonly stats?: MigrateStats;
  /** Told of each folio that stays where it was, in the order in which they failed. */
  readonly onFailure?: (page: number, pages: number, errno: number) => void;
  /** Told of each base page that was not there (never touched), which is neither moved nor failed. */
  readonly onAbsent?: ((page: number) => void) | undefined;
}

/** Folios that the smallest batch has room for. V8 keeps typed arrays of up to 64 bytes in its own heap, which is fast. */
const MIN_CAPACITY = 8;

/** A large folio that was split, and how many of its base pages are still to be tried. */
interface SplitFolio {
  remaining: number;
  failed: boolean;
}

/**
 * Migrates the folios of `list` (the kernel's migrate_pages), batch by batch. While a migrator copies one batch by
 * itself, the next is unmapped and the one before is mapped, as far as `offload.depth` allows.
 *
 * It yields when nothing is unmapped, so that a caller can stop or do something else in between: after every
 * batch that is copied by this thread, and when `afterBatch` asks for it.
 *
 * Returns how many folios of the list were not migrated (a folio that was split counts once, if any part
 * of it failed), or a negative errno when it could not go on: -ENOMEM, with the rest of the list untouched.
 * Whatever it returns or throws, every folio is wholly mapped, on the target or where it was.
 */
export function* migratePagesInSteps(request: MigrateRequest, list: FolioList): Generator<void, number> {
  const { offload, afterBatch } = request;
  const pipeline = new Pipeline(request, list);
  try {
    while (pipeline.hasWork || pipeline.out > 0) {
      const depth = Math.max(1, offload.depth);
      let drain = false;
      while (pipeline.hasWork && pipeline.out < depth && !drain) {
        // What this thread has copied itself need not wait for anything: it goes back at once.
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
  /** 0, or the negative errno for which nothing more is unmapped. */
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
  /** Batches that are out, the oldest first. */
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
    // The parts of a split folio get the kernel's "minimal effort": async, one pass.
    this.#partContext = { machine, plan, stats, mode: 'async', passes: 1, writeProtected: undefined };
    this.#limit = Math.max(1, Math.trunc(plan.batchPages) || 1);
  }

  get out(): number {
    return this.#out.length;
  }

  /** Something is left to be unmapped. */
  get hasWork(): boolean {
    return this.result === 0 && (this.#next < this.#list.length || this.#partNext < this.#parts.length);
  }

  /** Takes the next batch out. True: its copy goes on by itself. */
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

  /** Brings the oldest batch back, and settles what became of its folios. */
  moveOldest(): void {
    const slot = this.#out.shift()!;
    moveBatch(slot);
    this.#recordOutcome(slot);
    this.#free.push(slot);
  }

  /** Whatever is still out goes back: something has thrown. */
  undo(): void {
    const errors: unknown[] = [];
    for (const slot of this.#out.splice(0)) {
      try {
        undoBatch(slot);
        settleBatch(slot);
      } catch (error) {
        // The others have to go back all the same.
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  /**
   * A slot with room for `folios`, or for a whole batch. A migration of a few folios gets a small one: memory for 512
   * costs it 10 µs, and as much again for the garbage collector. The parts of a split folio may need a larger one later.
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

  /** The target has no more memory: what was never tried fails with it. */
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

/** @throws Error if a write-protected copy is wanted of a machine that cannot write-protect memory. */
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
