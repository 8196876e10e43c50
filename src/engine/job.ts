import { ERRNO } from '../common/errno.js';
import { staleMemory } from '../common/migration-error.js';
import type { ListOutcome } from '../mm/audit/counter-equations.js';
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
import { indexOf } from './page-index.js';
import type { JobPlan } from './plan.js';
import type { ProgressWords } from './progress.js';

/**
 * How often, at most, counters are published and those who wait for a page that was never there are served: a
 * batch of 2 MiB takes about 0.15 ms, and this is work between batches.
 */
const SETTLE_NS = 500_000;

/** How often the process's descriptors are looked at for what could pin pages: nanoseconds. It takes some 50 µs. */
const PINS_NS = 100_000_000;

/** The services that all jobs of an engine share. */
export interface JobServices {
  readonly machine: LiveMachine;
  readonly offload: OffloadPort;
  /** Counters of the whole engine; a job's own are added to them after every batch. */
  readonly totals: MigrateStats;
  /** By the settings as they are with each batch. */
  readonly writeProtected: WriteProtectOptions;
  /** Checks what was done, if it is to be checked. */
  readonly auditor: Auditor | undefined;
  readonly observer: MigrationObserver | undefined;
  /** Called after every batch: true when another task wants a turn. */
  readonly pauseWanted: () => boolean;
  /** Jobs that have begun and not ended: the engine has them publish their counters before it returns. */
  readonly begun: Set<{ publish(): void }>;
}

/** A region, as it is when a turn of one of its jobs begins. */
export interface JobRegion {
  /** The machine's handle of it. */
  readonly space: number;
  /** Order of its folios. */
  readonly order: number;
  /** Bytes from the start of its memory to the first page of each of its spans. */
  readonly offsets: readonly number[];
}

/**
 * Moves pages of one region, list by list, in steps of a batch. Between two steps nothing is unmapped. To be made when its
 * first turn has come: only then it is known where the region's memory is.
 */
export abstract class Job<T> {
  protected readonly machine: LiveMachine;
  /** The machine's handle of the region. */
  protected readonly space: number;
  protected readonly maxOrder: number;
  protected readonly pages: RegionPages;
  /** Folios to move next; `nextList` fills it. It grows with the range: room for a whole region costs a small call 30 µs. */
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
   * Fills `list` with what is to be moved next. Returns how, or undefined when nothing is left. It is also called when the job
   * has `stopped`: then nothing more is to be moved.
   */
  protected abstract nextList(): JobPlan | undefined;

  /** The result, when the region is ordinary memory again. */
  protected abstract result(): T;

  /** Whether pages that another process maps are to be moved as well (MPOL_MF_MOVE_ALL). */
  protected abstract readonly moveAll: boolean;

  /** Called for each page that was not there. */
  protected onAbsent: ((page: number) => void) | undefined;

  /** The job, batch by batch. However it ends, also by `return`, the region is ordinary memory afterwards. */
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
          // Audited counters have to be those of whole batches.
          if (auditor !== undefined) this.publish();
          yield;
        }
      }
    } finally {
      this.finish();
    }
    return this.result();
  }

  /** Its caller wants no more of it. */
  protected get aborted(): boolean {
    return this.#aborted;
  }

  /** The errno with which it has stopped short, or 0. */
  protected get errno(): number {
    return this.#errno;
  }

  protected get stopped(): boolean {
    return this.#aborted || this.#errno !== 0;
  }

  /** Makes the region ordinary memory again. May be called more than once. */
  protected finish(): void {
    this.#services.begun.delete(this);
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

  /** One literal, as all that a small call needs: to spread an object into another takes several µs. */
  protected cutOptions(plan: JobPlan, limit: number, until?: number): CutOptions {
    const { machine, maxOrder } = this;
    const pages = plan.hugePages;
    const huge = pages && { pages, isHuge: (page: number) => machine.isHuge(page) };
    return { maxOrder, target: plan.target, limit, until, moveGaps: plan.moveGaps, huge };
  }

  /**
   * Lists what was busy once more, if it can be unshared. Pages that a forked child left shared copy-on-write stay busy until
   * they are written to, even when the child is gone. So do pages that the kernel has merged (KSM), and it may merge them
   * again at once. Both can only be unshared while the region is not registered. Pages that stay shared fail again.
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

  /** Registers the region, unless it is. */
  #begin(plan: JobPlan): void {
    if (!this.#registered) {
      // Where merging is stopped, the region has other flags than its shadows: their mappings would not become one.
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

  /** Base pages by outcome, since `before`. All must have been published. */
  #outcome(before: ListOutcome = { moved: 0, failed: 0, absent: 0 }): ListOutcome {
    return {
      moved: this.stats.get('nr_succeeded') - before.moved,
      failed: this.stats.get('nr_failed_pages') - before.failed,
      // Only base pages are absent: a large folio with a hole is split.
      absent: this.stats.get('folios_absent') - before.absent,
    };
  }

  /** Other batches may still be out. True: none is to follow them for now. */
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

  /** Where somebody could write by a pin, copies of pages that are mapped have to be compared. */
  #checkForPins(plan: JobPlan): void {
    if (plan.copyMode !== 'write-protected') return;
    this.#pinsCheckedAt = this.machine.now();
    this.#mayPin = this.machine.mayPin();
  }

  /** Adds what was counted since the last call to the totals and to the progress. */
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
