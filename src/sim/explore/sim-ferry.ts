import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE } from '../../common/page.js';
import { Engine, type EngineOptions, type RegionMemory } from '../../engine/engine.js';
import type { MigrateResult, MigrationEnd } from '../../engine/migrate-result.js';
import type { MigratePlan } from '../../engine/plan.js';
import { PROGRESS_BYTES, type ProgressWords, progressWords } from '../../engine/progress.js';
import type { HeatSnapshot } from '../../heat/heat-snapshot.js';
import { MigrateStats } from '../../mm/stats.js';
import { SimLiveMachine, type SimLiveParts } from '../machine/sim-live-machine.js';
import type { Simulation } from '../simulation.js';
import type { Program } from './program.js';
import { SimWatch } from './sim-watch.js';
import type { Steps } from './task.js';

/** Maximum nanoseconds that the migration thread works before it reads its mail. Each turn is a random part of it. */
const MAX_TURN_NS = 100_000;

export interface SimFerryOptions {
  readonly sim: Simulation;
  /** The program whose memory the regions are. */
  readonly program: Program;
  /** Maximum spans registered at once. Default: more than there are. */
  readonly maxSpans?: number;
  /** Whether every step is audited. Default false, as needed where another ferry may be in the middle of a step. */
  readonly audit?: boolean;
  /** Receives the actions of its owners, as text. */
  readonly tell: (act: string) => void;
}

/** A request to a ferry, and its result. */
export interface SimRequest {
  readonly what: string;
  readonly region: number;
  readonly plan: MigratePlan | undefined;
  readonly progress: ProgressWords;
  /** Settles when the request is answered. Does not reject. */
  readonly answered: Promise<void>;
  /** Its place in the order of answers, from 1; 0 until it is answered. */
  order: number;
  end: MigrationEnd | undefined;
  error: unknown;
}

/**
 * A ferry on a simulated machine: the real engine, and its migration thread. Owners put requests into the thread's mail. The
 * thread takes its mail between two steps.
 */
export class SimFerry {
  readonly engine: Engine;
  readonly machine: SimLiveMachine;
  readonly totals = new MigrateStats();
  readonly requests: SimRequest[] = [];
  readonly #sim: Simulation;
  readonly #program: Program;
  readonly #tell: (act: string) => void;
  readonly #mail: (() => void)[] = [];
  readonly #watches = new Map<number, SimWatch>();
  /** The region that is watched by marks, or 0. */
  #marked = 0;
  #closing: Promise<void> | undefined;
  #closed = false;
  #regions = 0;
  #answered = 0;
  /** Owners that may still make requests. */
  #owners = 0;

  constructor({ sim, program, maxSpans = 64, audit = false, tell }: SimFerryOptions) {
    this.#sim = sim;
    this.#program = program;
    this.#tell = tell;
    const { machine, seen, registry } = sim;
    this.machine = this.newMachine({ machine, seen, space: program.space, maxSpans });
    const interrupted = (): boolean => this.interrupted();
    this.engine = this.newEngine({
      machine: this.machine,
      registry,
      totals: this.totals,
      interrupted,
      audit,
    });
  }

  /** Whether the migration thread has mail. */
  protected interrupted(): boolean {
    return this.#mail.length > 0;
  }

  protected newMachine(parts: SimLiveParts): SimLiveMachine {
    return new SimLiveMachine(parts);
  }

  protected newEngine(options: EngineOptions): Engine {
    return new Engine(options);
  }

  // --- the migration thread -------------------------------------------------------------------------------

  /** The migration thread, until the ferry is closed. */
  *thread(): Steps {
    while (!this.#closed) {
      yield () => this.#mail.length > 0 || this.engine.busy;
      this.takeMail();
      if (this.#closing !== undefined) {
        yield this.#closing;
        this.engine.close();
        this.#closed = true;
        // Later requests fail, because the ferry is closed.
        this.takeMail();
        return;
      }
      if (this.engine.busy) {
        this.engine.work(this.#sim.clock.now + 1 + this.#sim.random.below(MAX_TURN_NS));
      }
      yield undefined;
    }
  }

  protected takeMail(): void {
    for (let act = this.#mail.shift(); act !== undefined; act = this.#mail.shift()) act();
  }

  // --- its owners -----------------------------------------------------------------------------------------

  /** The steps of an owner. The ferry is closed after the steps of its last owner. */
  owner(steps: Steps): Steps {
    this.#owners++;
    return this.#owned(steps);
  }

  *#owned(steps: Steps): Steps {
    try {
      yield* steps;
    } finally {
      if (--this.#owners === 0) this.close();
    }
  }

  /** Adopts pages of the program, and returns the region's number. */
  adopt(page: number, pages: number, order = 0): number {
    const region = ++this.#regions;
    this.#tell(`adopts ${pagesText(page, pages)} as region ${region}`);
    this.#mail.push(() => this.engine.attach(region, memoryOf(page, pages), order));
    return region;
  }

  /** Replaces the memory of a region. */
  replace(region: number, page: number, pages: number): SimRequest {
    return this.#request(`finds region ${region} at ${pagesText(page, pages)}`, region, () =>
      this.engine.replace(region, memoryOf(page, pages)),
    );
  }

  release(region: number): SimRequest {
    return this.#request(`releases region ${region}`, region, async () => this.engine.detach(region));
  }

  migrate(region: number, pages: number, more: Partial<MigratePlan> = {}): SimRequest {
    const plan: MigratePlan = {
      region,
      target: 1,
      from: 0,
      to: pages,
      reason: 'syscall',
      mode: 'sync',
      moveGaps: false,
      copyMode: 'exclusive',
      hugePages: 'keep',
      batchPages: 4,
      ...more,
    };
    const what = `requests region ${region} on node ${plan.target}`;
    return this.#request(what, region, (progress) => this.engine.migrate(plan, progress), plan);
  }

  /** Moves single pages, by index. */
  movePages(region: number, pages: readonly number[], target: number, moveAll = false): SimRequest {
    const plan = {
      region,
      pages: Int32Array.from(pages),
      nodes: new Int32Array(pages.length).fill(target),
      moveAll,
      batchPages: 4,
    };
    return this.#request(`asks for ${pages.length} pages of region ${region}`, region, async (progress) => {
      const status = await this.engine.movePages(plan, progress);
      this.statuses.push(...status);
    });
  }

  /** Watches a region by a source that unmaps units for a moment. */
  watchUnmapped(region: number): SimRequest {
    return this.#request(`watches region ${region}, unit by unit`, region, () => this.#watch(region).burst());
  }

  /**
   * Begins to watch a region by the marks of the page table, unless another region is watched so. There is one such watch at a
   * time, as in HeatWatches.
   */
  beginWatch(region: number): SimRequest {
    return this.#request(`begins to watch region ${region}`, region, async () => {
      if (this.#marked !== 0) return;
      this.#watch(region).begin();
      this.#marked = region;
    });
  }

  endWatch(region: number): SimRequest {
    return this.#request(`ends the watch of region ${region}`, region, async () => {
      if (this.#marked !== region) return;
      this.#marked = 0;
      const units = this.#watch(region).end();
      if (units > 0) this.wrongWatches.push(`region ${region}: ${units} units`);
    });
  }

  /** Watches that reported units although their region has migrated since they began. */
  readonly wrongWatches: string[] = [];

  /** Its autopilots, with what they have found wrong. */
  readonly autopilots: { readonly wrong: readonly string[] }[] = [];

  /** The heat of a region that is watched. */
  heatOf(region: number, unitBytes: number): HeatSnapshot {
    return this.#watch(region).snapshot(unitBytes);
  }

  protected newWatch(...watch: ConstructorParameters<typeof SimWatch>): SimWatch {
    return new SimWatch(...watch);
  }

  #watch(region: number): SimWatch {
    const watch = this.#watches.get(region) ?? this.newWatch(this.machine, this.engine, region);
    this.#watches.set(region, watch);
    return watch;
  }

  /** The results of all calls of `movePages`. */
  readonly statuses: number[] = [];

  /** Stops a migration between two batches. */
  abort(request: SimRequest): void {
    this.#tell(`stops the migration of region ${request.region}`);
    Atomics.store(request.progress.abort, 0, 1);
  }

  /** Makes the migration thread perform something else. */
  perform(what: string, perform: () => Promise<unknown> | undefined): SimRequest {
    return this.#request(what, 0, async () => perform());
  }

  close(): void {
    this.#mail.push(() => {
      this.#closing ??= this.#stop();
    });
  }

  async #stop(): Promise<void> {
    this.engine.stop('the ferry was closed');
    const { active } = this.#sim.registry;
    if (active !== undefined) await this.#sim.registry.unregister(active.name);
  }

  #request(
    what: string,
    region: number,
    perform: (progress: ProgressWords) => Promise<unknown>,
    plan?: MigratePlan,
  ): SimRequest {
    const progress = progressWords(new ArrayBuffer(PROGRESS_BYTES));
    let settle: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const request: SimRequest = {
      what,
      region,
      plan,
      progress,
      answered,
      order: 0,
      end: undefined,
      error: undefined,
    };
    this.requests.push(request);
    this.#tell(what);
    const over = (): void => {
      request.order = ++this.#answered;
      settle();
    };
    const act = async (): Promise<void> => {
      try {
        if (this.#closing !== undefined) {
          throw new MigrationError('EBADF', 'the ferry is closed', { operation: 'migrate' });
        }
        const value = await perform(progress);
        if (plan !== undefined) request.end = value as MigrationEnd;
      } catch (error) {
        request.error = error;
      }
      over();
    };
    if (this.#closed) void act();
    else this.#mail.push(() => void act());
    return request;
  }

  /** Results of the migrations that were not stopped. */
  get results(): readonly { readonly plan: MigratePlan; readonly result: MigrateResult }[] {
    return this.requests.flatMap(({ plan, end }) =>
      plan === undefined || end === undefined || end.aborted ? [] : [{ plan, result: end.result }],
    );
  }

  get program(): Program {
    return this.#program;
  }
}

function memoryOf(page: number, pages: number): RegionMemory {
  return { spans: [{ address: page * PAGE_SIZE, pages, offset: 0 }], node: 0 };
}

function pagesText(page: number, pages: number): string {
  return `pages ${page} to ${page + pages - 1}`;
}
