import { ERRNO } from '../../common/errno.js';
import { MigrationError } from '../../common/migration-error.js';
import type { WriteProtectOptions } from '../../mm/pipeline/batch-slot.js';
import type { LiveMachine } from '../../mm/ports/live-machine.js';
import type { MigrateStats } from '../../mm/stats.js';
import { BatchOffload } from '../../offload/batch-offload.js';
import type { MigratorRegistry } from '../../offload/registry.js';
import type { Recorder } from '../../trace/recorder.js';
import type { Auditor } from './auditor.js';
import { MigrateJob, type MigrateJobOptions } from './migrate-job.js';
import { movePages } from './move-pages-job.js';
import type { MigrateMessage, MovePagesMessage, SpanMessage } from './protocol.js';

/** How long one migration goes on while none of another region waits, and while some do: nanoseconds. */
const TURN_NS = 50_000_000;
const SHARED_TURN_NS = 1_000_000;

/** What a message says of how to move pages, and not of which. */
type JobMessage = Pick<
  MigrateMessage,
  'reason' | 'mode' | 'moveGaps' | 'copyMode' | 'batchPages' | 'progress'
> & { readonly hugePages: MigrateMessage['hugePages'] | undefined };

/** How move_pages(2) moves them: folios of the region's size, whatever maps them. */
const PAGE_BY_PAGE = {
  reason: 'syscall',
  mode: 'sync',
  moveGaps: false,
  copyMode: 'exclusive',
  hugePages: undefined,
} as const;

interface Region {
  space: number;
  /** Runs of pages, each of which is registered by itself. */
  readonly spans: number;
  readonly order: number;
  /** Jobs of this region: the first is under way, the others wait for it. */
  readonly jobs: Job[];
  hold: readonly SharedArrayBuffer[];
}

interface Job {
  readonly steps: Generator<void, unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * What the migration thread runs: regions and their migrations. Migrations of one region go one after the
 * other, in the order in which they were asked for; those of different regions take turns.
 */
export class Engine {
  readonly #machine: LiveMachine;
  readonly #registry: MigratorRegistry;
  readonly #totals: MigrateStats;
  readonly #regions = new Map<number, Region>();
  /** Memory of regions that are gone, held until no device can touch it any more. */
  readonly #lingering: (readonly SharedArrayBuffer[])[] = [];
  /** Regions with a job under way, in turn. */
  readonly #busy: Region[] = [];
  /** Spans of those: at most `machine.maxSpans`, unless one region alone has more. */
  #busySpans = 0;
  /** Regions whose first job is to begin when there is room among those. */
  readonly #waiting: Region[] = [];
  /** Until when the migration whose turn it is may go on without a break. */
  #turnEnds = 0;
  /** What of the machine's own counters is in the totals. */
  #hiddenMoves = 0;
  #tablesMoved = 0;
  #pagesMovedSingly = 0;
  #interrupted: () => boolean;
  /** Told of every migration and its batches. */
  recorder: Recorder | undefined;
  /** Checks every step, if it is to. */
  auditor: Auditor | undefined;

  /** @param interrupted asked after every batch: true when the thread has something else to do. */
  constructor(
    machine: LiveMachine,
    registry: MigratorRegistry,
    totals: MigrateStats,
    interrupted: () => boolean = () => false,
  ) {
    this.#interrupted = interrupted;
    this.#machine = machine;
    this.#registry = registry;
    this.#totals = totals;
  }

  /** Whether `step` has anything to do. */
  get busy(): boolean {
    return this.#busy.length > 0;
  }

  attach(
    id: number,
    spans: readonly SpanMessage[],
    node: number,
    order: number,
    hold: readonly SharedArrayBuffer[],
    movable = false,
  ): void {
    const space = this.#machine.attach(spans, node, movable);
    this.#regions.set(id, { space, spans: spans.length, order, jobs: [], hold });
  }

  /** Ends a region; migrations of it that are under way or waiting end with ECANCELED. */
  detach(id: number): void {
    const region = this.#region(id);
    if (region.jobs.length > 0) this.#leave(region);
    for (const job of region.jobs.splice(0)) {
      job.steps.return(undefined);
      job.reject(
        new MigrationError('ECANCELED', 'the region was released', {
          operation: 'migrate',
          argument: 'region',
        }),
      );
    }
    this.#machine.detach(region.space);
    this.#regions.delete(id);
    // A device that was given up while it read a write-protected batch may still read the program's own memory.
    if (!this.#machine.devicesAtRest) this.#lingering.push(region.hold);
    region.hold = [];
  }

  /** Queues that the region's memory has moved, or grown. */
  replace(
    id: number,
    spans: readonly SpanMessage[],
    node: number,
    hold: readonly SharedArrayBuffer[],
  ): Promise<unknown> {
    const region = this.#region(id);
    return this.#queue(region, this.#replaceSteps(region, spans, node, hold));
  }

  /** Queues a migration of a range; resolves to its MigrateReply. */
  migrate(message: MigrateMessage): Promise<unknown> {
    const region = this.#region(message.region);
    const steps = this.#migrateSteps(region, message);
    const { region: id, reason, target } = message;
    return this.#queue(region, this.recorder?.steps(id, reason, target, steps) ?? steps);
  }

  /** Queues move_pages(2) for single pages; resolves to an Int32Array of statuses. */
  movePages(message: MovePagesMessage): Promise<unknown> {
    const region = this.#region(message.region);
    const steps = this.#movePagesSteps(region, message);
    const recorded = this.recorder?.steps(message.region, 'syscall', undefined, steps) ?? steps;
    return this.#queue(region, recorded);
  }

  /**
   * Does a turn of the migration whose turn it is: one batch, or a few milliseconds of batches whose copies go on by
   * themselves. On return nothing is unmapped. @throws what ends the ferry: see MigrationThread.
   */
  step(): void {
    const region = this.#busy.shift();
    if (region === undefined) return;
    if (this.#lingering.length > 0 && this.#machine.devicesAtRest) this.#lingering.length = 0;
    this.#turnEnds = this.#machine.now() + (this.#busy.length > 0 ? SHARED_TURN_NS : TURN_NS);
    const job = region.jobs[0]!;
    try {
      const step = job.steps.next();
      this.auditor?.step(step.done === true);
      if (step.done !== true) {
        this.#busy.push(region);
        return;
      }
      job.resolve(step.value);
    } catch (error) {
      if (this.#isFatal(error)) throw error;
      // All may be well all the same; an audit throws if it is not.
      this.auditor?.step(true);
      job.reject(error);
    } finally {
      this.#countMachine();
    }
    region.jobs.shift();
    this.#busySpans -= region.spans;
    if (region.jobs.length > 0) this.#waiting.push(region);
    this.#admit();
  }

  /** Ends every migration between its batches; nothing is registered afterwards. */
  stop(why: string): void {
    for (const region of this.#regions.values()) {
      for (const job of region.jobs.splice(0)) {
        job.steps.return(undefined);
        job.reject(new MigrationError(ERRNO.ECANCELED, why, { operation: 'migrate' }));
      }
    }
    this.#busy.length = 0;
    this.#busySpans = 0;
    this.#waiting.length = 0;
  }

  /** Stops everything and gives the machine's memory back. Every region's memory is ordinary memory again. */
  close(): void {
    this.stop('the ferry was closed');
    for (const id of [...this.#regions.keys()]) this.detach(id);
    this.#machine.close();
  }

  *#migrateSteps(region: Region, message: MigrateMessage): Generator<void, unknown> {
    const job = new MigrateJob(this.#jobOptions(region, message));
    try {
      yield* job.range(message.from, message.to, message.target);
    } finally {
      job.finish();
    }
    return job.reply();
  }

  /** Only when its turn comes is it known where the region's memory is. */
  *#movePagesSteps(region: Region, message: MovePagesMessage): Generator<void, unknown> {
    const { batchPages, progress } = message;
    const options = this.#jobOptions(region, { ...PAGE_BY_PAGE, batchPages, progress });
    return yield* movePages(this.#machine, region.space, message, options);
  }

  // biome-ignore lint/correctness/useYield: it is done in one step
  *#replaceSteps(
    region: Region,
    spans: readonly SpanMessage[],
    node: number,
    hold: readonly SharedArrayBuffer[],
  ): Generator<void, unknown> {
    region.space = this.#machine.replace(region.space, spans, node);
    if (!this.#machine.devicesAtRest) this.#lingering.push(region.hold);
    region.hold = hold;
    return undefined;
  }

  /** By the settings as they are with each batch. */
  readonly #writeProtected: WriteProtectOptions = {
    piecePages: () => this.#registry.settings.get('cutover_pages'),
    compare: () => this.#registry.settings.get('verify_copies') !== 0,
  };

  /** One literal, because to spread one object into another costs a small call more than 10 µs. */
  #jobOptions(region: Region, message: JobMessage): MigrateJobOptions {
    return {
      machine: this.#machine,
      offload: new BatchOffload(this.#registry, this.#machine),
      pauseWanted: () => this.#pauseWanted(),
      totals: this.#totals,
      space: region.space,
      maxOrder: region.order,
      auditor: this.auditor,
      observe: this.recorder?.observe,
      reason: message.reason,
      mode: message.mode,
      batchPages: message.batchPages,
      progress: message.progress,
      unshareMapped: true,
      moveGaps: message.moveGaps,
      hugePages: message.hugePages,
      writeProtected: message.copyMode === 'write-protected' ? this.#writeProtected : undefined,
    };
  }

  #queue(region: Region, steps: Generator<void, unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      region.jobs.push({ steps, resolve, reject });
      if (region.jobs.length > 1) return;
      this.#waiting.push(region);
      this.#admit();
    });
  }

  /**
   * Lets regions begin, in the order in which they were asked for, as long as there is room. Every region with a job under
   * way is registered: the journal has to name it, and the kernel keeps it apart from its neighbours, as a mapping of its
   * own.
   */
  #admit(): void {
    for (;;) {
      const region = this.#waiting[0];
      if (region === undefined) return;
      if (this.#busy.length > 0 && this.#busySpans + region.spans > this.#machine.maxSpans) return;
      this.#waiting.shift();
      this.#busy.push(region);
      this.#busySpans += region.spans;
    }
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

  #pauseWanted(): boolean {
    return this.#interrupted() || this.#machine.now() > this.#turnEnds;
  }

  /** The region takes no more turns. */
  #leave(region: Region): void {
    const at = this.#busy.indexOf(region);
    if (at >= 0) {
      this.#busy.splice(at, 1);
      this.#busySpans -= region.spans;
    } else {
      const waits = this.#waiting.indexOf(region);
      if (waits >= 0) this.#waiting.splice(waits, 1);
    }
    this.#admit();
  }

  #region(id: number): Region {
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
