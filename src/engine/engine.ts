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

/** Nanoseconds of one turn while others wait for theirs. */
const SHARED_TURN_NS = 1_000_000;

export interface EngineOptions {
  readonly machine: LiveMachine;
  readonly registry: MigratorRegistry;
  /** Counters of all that it does. */
  readonly totals: MigrateStats;
  /** Called after every batch: true when the thread has something else to do. */
  readonly interrupted?: () => boolean;
  /** Observes every migration and its batches. */
  readonly observer?: MigrationObserver | undefined;
  /** Whether every step is audited: see auditor.ts. */
  readonly audit?: boolean;
}

/** A span of a region, and where in the region's memory it begins. */
export interface OwnedSpan extends RegionSpan {
  /** Bytes from the start of the region's memory to the first page. */
  readonly offset: number;
}

/** The memory of a region. */
export interface RegionMemory {
  /** Each of them is registered by itself. */
  readonly spans: readonly OwnedSpan[];
  /** Index of the node on which it is believed to lie. */
  readonly node: number;
  /** Keeps shared memory alive while its pages are in flight, even if the program's thread ends. */
  readonly hold: readonly SharedArrayBuffer[];
}

/** A request that takes turns until it is done. */
export interface EngineTask {
  /** To be called when its first turn has come. */
  begin: () => Generator<void, unknown>;
  /** Undefined as long as it has had no turn. */
  steps: Generator<void, unknown> | undefined;
  /** Reports its beginning to an observer; undefined for a task that is not a migration. */
  tell: ((observer: MigrationObserver) => ObservedMigration) | undefined;
  observed: ObservedMigration | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** A region, and its tasks. */
export interface EngineRegion extends JobRegion {
  space: number;
  offsets: readonly number[];
  readonly spans: number;
  readonly tasks: EngineTask[];
  hold: readonly SharedArrayBuffer[];
}

/**
 * The scheduler: regions of a machine and their migrations. Migrations of one region go one after the other, in the order
 * of the calls; those of different regions take turns. It knows no thread and no kind of machine. Its
 * owner calls `work`, and nothing is unmapped in between.
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
  /** Memory of regions that are gone, held until no device can touch it any more. */
  readonly #lingering: (readonly SharedArrayBuffer[])[] = [];
  /** The end of the turn of the current migration. */
  #turnEnds = 0;
  /** The machine's own counters, as far as the totals have them. */
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

  /** Whether `work` has anything to do. */
  get busy(): boolean {
    return this.#turns.any;
  }

  attach(id: number, { spans, node, hold }: RegionMemory, order: number, movable = false): void {
    const space = this.#machine.attach(spans, node, movable);
    const offsets = spans.map(({ offset }) => offset);
    this.#regions.set(id, { space, offsets, spans: spans.length, order, tasks: [], hold });
  }

  /** Ends a region; migrations of it that are in progress or waiting end with ECANCELED. */
  detach(id: number): void {
    const region = this.#region(id);
    this.#cancel(region, () => {
      const details = { operation: 'migrate', argument: 'region' };
      return new MigrationError('ECANCELED', 'the region was released', details);
    });
    this.#machine.detach(region.space);
    this.#regions.delete(id);
    this.#keep(region.hold);
    region.hold = [];
  }

  /** Queues that the region's memory has moved, or grown. */
  replace(id: number, memory: RegionMemory): Promise<unknown> {
    const region = this.#region(id);
    return this.queue(region, { begin: () => this.#replaceSteps(region, memory), tell: undefined });
  }

  /** Queues a migration of a range. */
  migrate(plan: MigratePlan, progress: ProgressWords): Promise<MigrationEnd> {
    const region = this.#region(plan.region);
    return this.queue(region, {
      begin: () => this.newMigration(this.#services, region, plan, progress).steps(),
      tell: (observer) => observer.beginMigration(plan.region, plan.reason, plan.target),
    });
  }

  /** Queues move_pages(2) for single pages; resolves to their statuses. */
  movePages(plan: MovePagesPlan, progress: ProgressWords): Promise<Int32Array> {
    const region = this.#region(plan.region);
    return this.queue(region, {
      begin: () => new MovePagesJob(this.#services, region, plan, progress).steps(),
      tell: (observer) => observer.beginMigration(plan.region, 'syscall', undefined),
    });
  }

  /**
   * Takes turns until nothing is left to do, somebody interrupts, or `until` on the machine's clock, nanoseconds. A migration
   * continues as long as no other waits. On return nothing is unmapped. @throws what ends the ferry: see MigrationThread.
   */
  work(until: number): void {
    while (this.busy && !this.#interrupted() && this.#machine.now() < until) this.step(until);
    // A message is answered next, perhaps one that came only now. A caller that unregisters a migrator finds all of it counted.
    for (const job of this.#services.begun) job.publish();
  }

  /**
   * One turn: a batch, or batches whose migrator copies by itself, until `until` at the latest. On return nothing is
   * unmapped. @throws as `work` does
   */
  step(until: number = Number.POSITIVE_INFINITY): void {
    const region = this.#turns.take();
    if (region === undefined) return;
    if (this.#lingering.length > 0 && this.#machine.devicesAtRest) this.#lingering.length = 0;
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
      // The books may still be right; an audit throws if they are not.
      this.#auditor?.step(true);
      task.reject(error);
    } finally {
      this.#countMachine();
    }
    this.#turns.done(region);
  }

  /** Ends every migration between its batches; nothing is registered afterwards. */
  stop(why: string): void {
    for (const region of this.#regions.values()) {
      this.#cancel(region, () => new MigrationError('ECANCELED', why, { operation: 'migrate' }));
    }
  }

  /** Stops everything and gives the machine's memory back. Every region's memory is ordinary memory again. */
  close(): void {
    this.stop('the ferry was closed');
    for (const id of [...this.#regions.keys()]) this.detach(id);
    this.#machine.close();
  }

  /** @internal To be exchanged by a broken one: see sim/explore. */
  protected newTurns(maxSpans: number): Turns<EngineTask, EngineRegion> {
    return new Turns(maxSpans);
  }

  /** @internal To be exchanged by a broken one: see sim/explore. */
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
      // One literal, because to spread one object into another costs a small call more than 10 µs.
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

  /** Makes a step of a task, and reports it. */
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

  /** The region takes no more turns. Each of its tasks ends with an error, between two batches. */
  #cancel(region: EngineRegion, why: () => MigrationError): void {
    for (const task of this.#turns.remove(region)) {
      task.steps?.return(undefined);
      if (task.observed !== undefined) this.#observer?.endMigration(task.observed);
      task.reject(why());
    }
  }

  *#replaceSteps(region: EngineRegion, { spans, node, hold }: RegionMemory): Generator<void, undefined> {
    region.space = this.#machine.replace(region.space, spans, node);
    region.offsets = spans.map(({ offset }) => offset);
    this.#keep(region.hold);
    region.hold = hold;
    return undefined;
  }

  /** A device that was given up while it read a write-protected batch may still read the program's own memory. */
  #keep(hold: readonly SharedArrayBuffer[]): void {
    if (!this.#machine.devicesAtRest) this.#lingering.push(hold);
  }

  /** Adds what the machine has counted since the last call. It counts for all regions together, not for one job. */
  #countMachine(): void {
    const { hiddenMoves, tablesMoved, pagesMovedSingly } = this.#machine;
    this.#totals.add('hidden_moves', hiddenMoves - this.#hiddenMoves);
    this.#totals.add('tables_moved', tablesMoved - this.#tablesMoved);
    this.#totals.add('pages_moved_singly', pagesMovedSingly - this.#pagesMovedSingly);
    this.#hiddenMoves = hiddenMoves;
    this.#tablesMoved = tablesMoved;
    this.#pagesMovedSingly = pagesMovedSingly;
  }

  /** Not one of ours, or an audit's, or pages are still out: the books cannot be relied upon any more. */
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
