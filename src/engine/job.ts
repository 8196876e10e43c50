import { ERRNO } from '../common/errno.js';
import { staleMemory } from '../common/migration-error.js';
import type { ListOutcome } from '../mm/audit/counter-equations.js';
import { indexOf } from '../mm/page-index.js';
import type { WriteProtectOptions } from '../mm/pipeline/batch-slot.js';
import { FolioList } from '../mm/pipeline/folio-list.js';
import { type MigrateRequest, migratePagesInSteps } from '../mm/pipeline/migrate-pages.js';
import type { LiveMachine } from '../mm/ports/live-machine.js';
import type { MigrationObserver } from '../mm/ports/migration-observer.js';
import type { OffloadPort } from '../mm/ports/offload-port.js';
import type { RegionPages } from '../mm/ports/region-port.js';
import type { StoppedMerging } from '../mm/ports/sharing-port.js';
import { MigrateStats } from '../mm/stats.js';
import type { Auditor } from './auditor.js';
import { FailureLog } from './failure-log.js';
import { type CutOptions, cutFolios } from './folio-cutter.js';
import type { JobPlan } from './plan.js';
import type { ProgressWords } from './progress.js';

/**
 * Minimum time between two updates of counters and of threads that wait for pages that never existed. It is work between
 * batches, and a batch of 2 MiB takes about 0.15 ms.
 */
const SETTLE_NS = 500_000;

/** Nanoseconds between two checks of the process's descriptors for pins. A check takes some 50 µs. */
const PINS_NS = 100_000_000;

/** The services that all jobs of an engine share. */
export interface JobServices {
  readonly machine: LiveMachine;
  readonly offload: OffloadPort;
  /** Counters of the whole engine. A job adds its own after every batch. */
  readonly totals: MigrateStats;
  /** Reads the current settings for each batch. */
  readonly writeProtected: WriteProtectOptions;
  /** Set if steps are audited. */
  readonly auditor: Auditor | undefined;
  readonly observer: MigrationObserver | undefined;
  /** Called after every batch. True if another task wants a turn. */
  readonly pauseWanted: () => boolean;
  /** Jobs in progress. The engine makes them publish their counters before it returns. */
  readonly begun: Set<{ publish(): void }>;
}

/** A region at the beginning of a turn of one of its jobs. */
export interface JobRegion {
  /** The machine's handle. */
  readonly space: number;
  /** Order of its folios. */
  readonly order: number;
  /** For each span: bytes from the start of the region's memory to its first page. */
  readonly offsets: readonly number[];
}

/**
 * Moves pages of one region, list by list, in steps of a batch. Between two steps nothing is unmapped. It is created at its
 * first turn, because only then the place of the region's memory is known.
 */
export abstract class Job<T> {
  protected readonly machine: LiveMachine;
  protected readonly space: number;
  protected readonly maxOrder: number;
  protected readonly pages: RegionPages;
  /** The next folios, from `nextList`. It grows with the range: room for a whole region costs a small call 30 µs. */
  protected readonly list = new FolioList(8);
  protected readonly failures = new FailureLog();
  protected readonly stats = new MigrateStats();
  readonly #services: JobServices;
  readonly #batchStats = new MigrateStats();
  readonly #progress: ProgressWords;
  #request: MigrateRequest | undefined;
  #settled = 0;
  #errno = 0;
  #aborted = false;
  #mayPin = false;
  #pinsCheckedAt = 0;
  #registered = false;
  #merging: StoppedMerging | undefined;

  constructor(services: JobServices, region: JobRegion, progress: ProgressWords) {
    this.#services = services;
    this.machine = services.machine;
    this.space = region.space;
    this.maxOrder = region.order;
    this.pages = this.machine.space(this.space);
    this.#progress = progress;
  }

  /**
   * Fills `list` with the next folios and returns how to move them. Undefined if nothing is left. It is also called after
   * the job has `stopped`. Then it must not list more.
   */
  protected abstract nextList(): JobPlan | undefined;

  /** The result, when the region is ordinary memory again. */
  protected abstract result(): T;

  /** Whether pages that another process maps move as well (MPOL_MF_MOVE_ALL). */
  protected abstract readonly moveAll: boolean;

  protected onAbsent: ((page: number) => void) | undefined;

  /** The job, batch by batch. Whenever it ends, even by `return`, the region is ordinary memory again. */
  *steps(): Generator<void, T> {
    this.#services.begun.add(this);
    try {
      for (let plan = this.nextList(); plan !== undefined; plan = this.nextList()) {
        if (this.list.length === 0) continue;
        if (this.#errno !== 0) {
          this.#failList(this.#errno);
          continue;
        }
        this.#begin(plan);
        const { auditor } = this.#services;
        const before = auditor === undefined ? undefined : this.#outcome();
        const pipeline = migratePagesInSteps(this.#requestBy(plan), this.list);
        for (;;) {
          if (Atomics.load(this.#progress.abort, 0) !== 0) {
            this.#aborted = true;
            break;
          }
          if (this.machine.lost(this.space)) throw staleMemory();
          const step = pipeline.next();
          if (step.done === true) {
            if (this.machine.lost(this.space)) throw staleMemory();
            if (step.value < 0) this.#errno = -step.value;
            this.publish();
            this.machine.resolveHoles();
            if (before !== undefined) auditor?.list(this.list, this.#outcome(before));
            break;
          }
          // Audited counters must be those of whole batches.
          if (auditor !== undefined) this.publish();
          yield;
        }
      }
    } finally {
      this.#services.begun.delete(this);
      this.finish();
    }
    return this.result();
  }

  /** Whether the caller aborted it. */
  protected get aborted(): boolean {
    return this.#aborted;
  }

  /** The errno that ended it early, or 0. */
  protected get errno(): number {
    return this.#errno;
  }

  protected get stopped(): boolean {
    return this.#aborted || this.#errno !== 0;
  }

  /** Makes the region ordinary memory again. May be called repeatedly. */
  protected finish(): void {
    this.publish();
    this.unregister();
    this.resumeMerging();
    this.machine.trim();
  }

  protected unregister(): void {
    if (!this.#registered) return;
    this.#registered = false;
    this.machine.end(this.space);
  }

  protected resumeMerging(): void {
    this.#merging?.resume();
    this.#merging = undefined;
  }

  /** One literal: spreading an object into another takes several µs. */
  protected cutOptions(plan: JobPlan, limit: number, until?: number): CutOptions {
    const { machine, maxOrder } = this;
    const pages = plan.hugePages;
    const huge = pages && { pages, isHuge: (page: number) => machine.isHuge(page) };
    return { maxOrder, target: plan.target, limit, until, moveGaps: plan.moveGaps, huge };
  }

  /**
   * Lists the busy folios again, if they can be unshared. Pages that a forked child left shared copy-on-write stay busy
   * until they are written to, even after the child has exited. So do pages that the kernel has merged (KSM), and it may
   * merge them again at once. Both can only be unshared while the region is not registered. Pages that stay shared fail
   * again.
   */
  protected listBusy(plan: JobPlan): void {
    this.list.clear();
    if (this.stopped || !this.failures.errno.includes(ERRNO.EBUSY)) return;
    this.unregister();
    const busy = this.failures.take(ERRNO.EBUSY);
    if (this.moveAll) this.#merging = this.machine.stopMerging(this.space, busy);
    let unshared = 0;
    for (const { page, pages } of busy) unshared += this.machine.unshare(page, pages, this.moveAll);
    const skips = { onTarget: 0, mixedNode: 0, huge: 0 };
    const cut = { ...this.cutOptions(plan, Number.POSITIVE_INFINITY), moveGaps: false };
    for (const { page, pages } of busy) {
      const from = indexOf(this.pages, page);
      cutFolios(this.pages, from, from + pages, cut, this.list, skips);
    }
    if (unshared > 0) return;
    this.#failList(ERRNO.EBUSY);
    this.list.clear();
  }

  #failList(errno: number): void {
    const { length, page, order } = this.list;
    for (let i = 0; i < length; i++) this.failures.add(page[i]!, 1 << order[i]!, errno);
  }

  #begin(plan: JobPlan): void {
    if (!this.#registered) {
      // Where merging is stopped, the region has other flags than its shadows, so their mappings would not merge into one.
      const tables = this.moveAll && this.#merging === undefined;
      this.machine.begin(this.space, { writeProtected: plan.copyMode === 'write-protected', tables });
      this.#registered = true;
    }
    this.#checkForPins(plan);
  }

  #requestBy(plan: JobPlan): MigrateRequest {
    if (this.#request?.plan === plan) return this.#request;
    const { offload, writeProtected, observer } = this.#services;
    this.#request = {
      machine: this.machine,
      offload,
      space: this.space,
      plan,
      observe: observer?.observe,
      writeProtected:
        plan.copyMode === 'write-protected'
          ? {
              piecePages: writeProtected.piecePages,
              compare: () => this.#mayPin || writeProtected.compare(),
            }
          : undefined,
      stats: this.#batchStats,
      afterBatch: () => this.#afterBatch(plan),
      onFailure: (page, pages, errno) => this.failures.add(page, pages, errno),
      onAbsent: this.onAbsent,
    };
    return this.#request;
  }

  /** Base pages by outcome, since `before`. All counters must have been published. */
  #outcome(before: ListOutcome = { moved: 0, failed: 0, absent: 0 }): ListOutcome {
    return {
      moved: this.stats.get('nr_succeeded') - before.moved,
      failed: this.stats.get('nr_failed_pages') - before.failed,
      // Only base pages are absent: a large folio with a hole is split.
      absent: this.stats.get('folios_absent') - before.absent,
    };
  }

  /** Other batches may still be in flight. True: no batch may follow them for now. */
  #afterBatch(plan: JobPlan): boolean {
    const { machine } = this;
    const now = machine.now();
    if (now > this.#settled + SETTLE_NS) {
      this.#settled = now;
      this.publish();
      machine.resolveHoles();
    }
    if (now > this.#pinsCheckedAt + PINS_NS) this.#checkForPins(plan);
    machine.trimExcess();
    if (machine.lost(this.space)) return true;
    return Atomics.load(this.#progress.abort, 0) !== 0 || this.#services.pauseWanted();
  }

  /** Where a pin may write to mapped pages, their copies have to be compared. */
  #checkForPins(plan: JobPlan): void {
    if (plan.copyMode !== 'write-protected') return;
    this.#pinsCheckedAt = this.machine.now();
    this.#mayPin = this.machine.mayPin();
  }

  /** Adds the counts since the last call to the totals and to the progress. */
  publish(): void {
    this.#services.totals.merge(this.#batchStats);
    this.stats.merge(this.#batchStats);
    this.#batchStats.reset();
    const { cells } = this.#progress;
    cells[0] = this.stats.get('folios_moved');
    cells[1] = this.failures.folios;
    cells[2] = this.stats.get('bytes_moved');
  }
}
