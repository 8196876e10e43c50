import type { AccessMonitor } from '../access/monitor.js';
import { ERRNO, errnoName } from '../common/errno.js';
import { MigrationError } from '../common/migration-error.js';
import type { WriteProtectOptions } from '../mm/pipeline/batch-slot.js';
import type { LiveMachine } from '../mm/ports/live-machine.js';
import type { MigrationObserver, ObservedMigration } from '../mm/ports/migration-observer.js';
import type { RegionSpan } from '../mm/ports/region-port.js';
import type { MigrateStats } from '../mm/stats.js';
import { BatchOffload } from '../offload/batch-offload.js';
import type { MigratorRegistry } from '../offload/registry.js';
import { Auditor } from './auditor.js';
import type { JobRegion, JobServices } from './job.js';
import { MigrateJob } from './migrate-job.js';
import type { MigrationEnd } from './migrate-result.js';
import { MovePagesJob } from './move-pages-job.js';
import type { MigratePlan, MovePagesPlan } from './plan.js';
import type { ProgressWords } from './progress.js';
import { Turns } from './turns.js';

/** A round of bursts is over when so long a pause has to follow it. Bursts that follow each other cost much less. */
const ROUND_PAUSE_NS = 800_000_000;
const MAX_BURSTS = 64;
/** Nanoseconds of one turn while other migrations wait. */
const SHARED_TURN_NS = 1_000_000;
/** Pages that one step writes to swap. */
const PAGE_OUT_PAGES = 512;

export interface EngineOptions {
  readonly machine: LiveMachine;
  readonly registry: MigratorRegistry;
  /** Counters of all its migrations. */
  readonly totals: MigrateStats;
  /** Called after every batch. True if the thread has other work. */
  readonly interrupted?: () => boolean;
  readonly observer?: MigrationObserver | undefined;
  /** Whether every step is audited: see auditor.ts. */
  readonly audit?: boolean;
}

/** A span of a region, and its offset in the region's memory. */
export interface OwnedSpan extends RegionSpan {
  /** Bytes from the start of the region's memory to the first page. */
  readonly offset: number;
}

export interface RegionMemory {
  /** Each is registered separately. */
  readonly spans: readonly OwnedSpan[];
  /** Index of its presumed node. */
  readonly node: number;
}

/** A request that takes turns until it has ended. */
export interface EngineTask {
  /** Called at its first turn. */
  begin: () => Generator<void, unknown>;
  /** Undefined before its first turn. */
  steps: Generator<void, unknown> | undefined;
  /** Reports its beginning to an observer. Undefined for a task that is not a migration. */
  tell: ((observer: MigrationObserver) => ObservedMigration) | undefined;
  observed: ObservedMigration | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export interface EngineRegion extends JobRegion {
  space: number;
  offsets: readonly number[];
  readonly spans: number;
  readonly tasks: EngineTask[];
  /** Replacements of its memory that are queued. */
  replacing: number;
}

/**
 * The scheduler of a machine's regions and migrations. Migrations of one region run one after the other, in the order of
 * the calls. Those of different regions take turns. The engine knows no thread and no kind of machine. Its owner calls
 * `work`. Between two calls nothing is unmapped.
 */
export class Engine {
  readonly #machine: LiveMachine;
  readonly #totals: MigrateStats;
  readonly #services: JobServices;
  readonly #observer: MigrationObserver | undefined;
  readonly #auditor: Auditor | undefined;
  readonly #interrupted: () => boolean;
  readonly #regions = new Map<number, EngineRegion>();
  readonly #turns: Turns<EngineTask, EngineRegion>;
  /** Those who keep the memory of detached regions until no device can touch it any more. */
  readonly #awaitingRest: (() => void)[] = [];
  /** When the turn of the current migration ends. */
  #turnEnds = 0;
  /** The machine's own counters that are already in the totals. */
  #hiddenMoves = 0;
  #tablesMoved = 0;
  #pagesMovedSingly = 0;

  constructor(options: EngineOptions) {
    const { machine, registry, totals, interrupted = () => false, observer, audit = false } = options;
    const { settings } = registry;
    const writeProtected: WriteProtectOptions = {
      piecePages: () => settings.get('cutover_pages'),
      compare: () => settings.get('verify_copies') !== 0,
    };
    this.#machine = machine;
    this.#totals = totals;
    this.#observer = observer;
    this.#interrupted = interrupted;
    this.#auditor = audit ? new Auditor(machine, registry, totals) : undefined;
    this.#turns = this.newTurns(machine.maxSpans);
    this.#services = {
      machine,
      offload: new BatchOffload(registry, machine),
      totals,
      writeProtected,
      auditor: this.#auditor,
      observer,
      pauseWanted: () => this.#interrupted() || machine.now() > this.#turnEnds,
      begun: new Set(),
    };
  }

  get busy(): boolean {
    return this.#turns.any;
  }

  attach(id: number, { spans, node }: RegionMemory, order: number, movable = false): void {
    const space = this.#machine.attach(spans, node, movable);
    const offsets = spans.map(({ offset }) => offset);
    this.#regions.set(id, { space, offsets, spans: spans.length, order, tasks: [], replacing: 0 });
  }

  /**
   * Ends a region. Its migrations, running or queued, end with ECANCELED.
   * @returns Whether no device can touch its memory any more. If not, see `devicesAtRest`.
   */
  detach(id: number): boolean {
    const region = this.#region(id);
    this.#cancel(region, () => {
      const details = { operation: 'migrate', argument: 'region' };
      return new MigrationError('ECANCELED', 'the region was released', details);
    });
    this.#machine.detach(region.space);
    this.#regions.delete(id);
    return this.#machine.devicesAtRest;
  }

  /**
   * After an abandoned copy of a write-protected batch, a device may still read the program's own memory. Resolves once it
   * cannot, which the engine looks at in its turns.
   */
  devicesAtRest(): Promise<void> {
    return new Promise((resolve) => this.#awaitingRest.push(resolve));
  }

  /** Queues the replacement of the region's memory, which has moved or grown. */
  replace(id: number, memory: RegionMemory): Promise<unknown> {
    const region = this.#region(id);
    region.replacing++;
    return this.queue(region, { begin: () => this.#replaceSteps(region, memory), tell: undefined });
  }

  migrate(plan: MigratePlan, progress: ProgressWords): Promise<MigrationEnd> {
    const region = this.#region(plan.region);
    return this.queue(region, {
      begin: () => this.newMigration(this.#services, region, plan, progress).steps(),
      tell: (observer) => observer.beginMigration(plan.region, plan.reason, plan.target),
    });
  }

  /**
   * Gives pages of a region back to the system, between two batches. If the region's memory is to be replaced first, it
   * waits for that.
   * @param from Index of the first page in the region.
   * @throws MigrationError EINVAL for locked memory, ESTALE for memory that was unmapped
   */
  discard(id: number, from: number, to: number): Promise<undefined> | undefined {
    const region = this.#region(id);
    if (region.replacing === 0) return this.#discard(region, from, to);
    return this.queue(region, { begin: () => this.#discardSteps(region, from, to), tell: undefined });
  }

  // biome-ignore lint/correctness/useYield: it has one step
  *#discardSteps(region: EngineRegion, from: number, to: number): Generator<void, undefined> {
    this.#discard(region, from, to);
    return undefined;
  }

  #discard({ space }: EngineRegion, from: number, to: number): undefined {
    for (const { page, pages, index } of this.#machine.space(space).spans) {
      const first = Math.max(from, index);
      const end = Math.min(to, index + pages);
      if (first >= end) continue;
      const error = this.#machine.discard(space, page + (first - index), end - first);
      if (error !== 0) throw refusedAdvice('advise', 'give the memory back', -error);
    }
  }

  /**
   * Queues the writing of pages of a region to swap, in steps, so that other regions have their turns.
   * @param from Index of the first page in the region.
   * @throws MigrationError EINVAL for locked memory, ESTALE for memory that was unmapped
   */
  pageOut(id: number, from: number, to: number): Promise<undefined> {
    const region = this.#region(id);
    return this.queue(region, { begin: () => this.#pageOutSteps(region, from, to), tell: undefined });
  }

  *#pageOutSteps(region: EngineRegion, from: number, to: number): Generator<void, undefined> {
    for (let at = from; at < to; at += PAGE_OUT_PAGES) {
      const { space } = region;
      for (const { page, pages, index } of this.#machine.space(space).spans) {
        const first = Math.max(at, index);
        const end = Math.min(to, at + PAGE_OUT_PAGES, index + pages);
        if (first >= end) continue;
        const error = this.#machine.pageOut(space, page + (first - index), end - first);
        if (error !== 0) throw refusedAdvice('pageOut', 'page the memory out', -error);
      }
      yield;
    }
    return undefined;
  }

  /** Queues move_pages(2) for single pages. Resolves to their statuses. */
  movePages(plan: MovePagesPlan, progress: ProgressWords): Promise<Int32Array> {
    const region = this.#region(plan.region);
    return this.queue(region, {
      begin: () => new MovePagesJob(this.#services, region, plan, progress).steps(),
      tell: (observer) => observer.beginMigration(plan.region, 'syscall', undefined),
    });
  }

  /** The machine's handle of a region. It changes when the region's memory is replaced. @throws MigrationError EINVAL */
  spaceOf(id: number): number {
    return this.#region(id).space;
  }

  /**
   * Queues a round of bursts of an access monitor. Resolves to the nanoseconds for which its budget wants no other one.
   * @throws MigrationError as the beginning of a migration does
   */
  observe(id: number, monitor: AccessMonitor): Promise<number> {
    const region = this.#region(id);
    return this.queue(region, { begin: () => this.#burst(region, monitor), tell: undefined });
  }

  /**
   * Runs turns until nothing is left to do, `interrupted` returns true, or the machine's clock reaches `until`
   * (nanoseconds). A migration continues while no other waits. On return nothing is unmapped.
   * @throws an error that ends the ferry: see MigrationThread.
   */
  work(until: number): void {
    while (this.busy && !this.#interrupted() && this.#machine.now() < until) this.step(until);
    // The thread answers a message next, which may have arrived just now. So a caller that unregisters a migrator gets
    // complete counts.
    for (const job of this.#services.begun) job.publish();
  }

  /**
   * Runs one turn, until `until` at the latest: one batch, or several whose migrator copies in the background. On return
   * nothing is unmapped.
   * @throws as `work` does
   */
  step(until: number = Number.POSITIVE_INFINITY): void {
    const region = this.#turns.take();
    if (region === undefined) return;
    if (this.#awaitingRest.length > 0 && this.#machine.devicesAtRest) {
      for (const resolve of this.#awaitingRest.splice(0)) resolve();
    }
    this.#turnEnds = this.#turns.any ? Math.min(until, this.#machine.now() + SHARED_TURN_NS) : until;
    const task = region.tasks[0]!;
    try {
      const step = this.#next(task);
      this.#auditor?.step(step.done === true);
      if (step.done !== true) {
        this.#turns.again(region);
        return;
      }
      task.resolve(step.value);
    } catch (error) {
      if (this.#isFatal(error)) throw error;
      // The books may still be right. The audit throws if they are not.
      this.#auditor?.step(true);
      task.reject(error);
    } finally {
      this.#countMachine();
    }
    this.#turns.done(region);
  }

  /** Ends every migration between its batches. No region is registered after that. */
  stop(why: string): void {
    for (const region of this.#regions.values()) {
      this.#cancel(region, () => new MigrationError('ECANCELED', why, { operation: 'migrate' }));
    }
  }

  /** Stops everything and frees the machine's memory. Every region becomes ordinary memory again. */
  close(): void {
    this.stop('the ferry was closed');
    for (const id of [...this.#regions.keys()]) this.detach(id);
    this.#machine.close();
  }

  /** @internal sim/explore overrides it with a broken one. */
  protected newTurns(maxSpans: number): Turns<EngineTask, EngineRegion> {
    return new Turns(maxSpans);
  }

  /** @internal sim/explore overrides it with a broken one. */
  protected newMigration(
    services: JobServices,
    region: JobRegion,
    plan: MigratePlan,
    progress: ProgressWords,
  ): MigrateJob {
    return new MigrateJob(services, region, plan, progress);
  }

  protected queue<T>(region: EngineRegion, { begin, tell }: Pick<EngineTask, 'begin' | 'tell'>): Promise<T> {
    return new Promise((resolve, reject) => {
      // One literal: spreading one object into another costs a small call more than 10 µs.
      this.#turns.add(region, {
        begin,
        tell,
        steps: undefined,
        observed: undefined,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
    });
  }

  /** Runs a step of a task, and reports it to the observer. */
  #next(task: EngineTask): IteratorResult<void, unknown> {
    const observer = this.#observer;
    task.steps ??= task.begin();
    if (observer === undefined || task.tell === undefined) return task.steps.next();
    task.observed ??= task.tell(observer);
    const interrupted = observer.stepping(task.observed);
    let over = true;
    try {
      const step = task.steps.next();
      over = step.done === true;
      return step;
    } finally {
      observer.stepped(interrupted);
      if (over) observer.endMigration(task.observed);
    }
  }

  /** Ends the region's turns. Each of its tasks ends with an error, between two batches. */
  #cancel(region: EngineRegion, why: () => MigrationError): void {
    for (const task of this.#turns.remove(region)) {
      task.steps?.return(undefined);
      if (task.observed !== undefined) this.#observer?.endMigration(task.observed);
      task.reject(why());
    }
  }

  /** A round of bursts. Each is a step, like a batch: nothing is unmapped afterwards. */
  *#burst({ space }: EngineRegion, monitor: AccessMonitor): Generator<void, number> {
    this.#machine.begin(space);
    try {
      for (let bursts = 1; ; bursts++) {
        const pauseNs = monitor.burst(space);
        if (pauseNs >= ROUND_PAUSE_NS || bursts === MAX_BURSTS) return pauseNs;
        this.#machine.resolveHoles();
        yield;
      }
    } finally {
      // After an error in a burst units can be out. The error is fatal then: a rescuer brings them back before the range is
      // unregistered. Before that, a thread would get zeros for them.
      if (!this.#machine.pagesOut) {
        this.#machine.resolveHoles();
        this.#machine.end(space);
      }
    }
  }

  *#replaceSteps(region: EngineRegion, { spans, node }: RegionMemory): Generator<void, undefined> {
    region.replacing--;
    region.space = this.#machine.replace(region.space, spans, node);
    region.offsets = spans.map(({ offset }) => offset);
    return undefined;
  }

  /** Adds the machine's counts since the last call. The machine counts for all regions together, not for one job. */
  #countMachine(): void {
    const { hiddenMoves, tablesMoved, pagesMovedSingly } = this.#machine;
    this.#totals.add('hidden_moves', hiddenMoves - this.#hiddenMoves);
    this.#totals.add('tables_moved', tablesMoved - this.#tablesMoved);
    this.#totals.add('pages_moved_singly', pagesMovedSingly - this.#pagesMovedSingly);
    this.#hiddenMoves = hiddenMoves;
    this.#tablesMoved = tablesMoved;
    this.#pagesMovedSingly = pagesMovedSingly;
  }

  /** Fatal: an unexpected error, an audit's error, or pages still unmapped. The books cannot be trusted any more. */
  #isFatal(error: unknown): boolean {
    return !(error instanceof MigrationError) || error.code === 'EUCLEAN' || this.#machine.pagesOut;
  }

  #region(id: number): EngineRegion {
    const region = this.#regions.get(id);
    if (region === undefined) {
      throw new MigrationError('EINVAL', 'the region is not attached', {
        operation: 'migrate',
        argument: 'region',
      });
    }
    return region;
  }
}

function refusedAdvice(operation: string, what: string, errno: number): MigrationError {
  const details = { operation, argument: 'region' };
  // madvise(2) has ENOMEM for addresses that are not mapped.
  if (errno === ERRNO.ESTALE || errno === ERRNO.ENOMEM) {
    const stale = { ...details, advice: 'Release the region.' };
    return new MigrationError('ESTALE', "the region's memory was unmapped", stale);
  }
  const locked = errno === ERRNO.EINVAL ? { advice: 'Unlock it first, if it is locked (mlock).' } : {};
  const problem = `cannot ${what}: madvise returns ${errnoName(errno)}`;
  return new MigrationError(errnoName(errno), problem, { ...details, ...locked });
}
