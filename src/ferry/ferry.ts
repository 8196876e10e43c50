import { EventEmitter } from 'node:events';
import { types } from 'node:util';
import { callListener } from '../common/call-listener.js';
import { checkFolioSize, checkInteger, nodeIndex, readOptions } from '../common/check-options.js';
import { describe, describeThrown } from '../common/describe-value.js';
import { errorOf, inCall, invalidArgument, MigrationError } from '../common/migration-error.js';
import { MAX_ORDER, PAGE_SIZE } from '../common/page.js';
import type { MovePagesPlan } from '../engine/plan.js';
import { PROGRESS_BYTES } from '../engine/progress.js';
import { notRegistered } from '../linux/memory/registration.js';
import type { MemoryMap } from '../linux/sys/memory-map.js';
import { MigrateStats } from '../mm/stats.js';
import type { Settings } from '../offload/settings.js';
import type { ParameterAccess } from '../parameters/parameter-tree.js';
import type { EventReader, EventsOptions } from '../trace/event-reader.js';
import type { EventRing } from '../trace/event-ring.js';
import type { PolicyEvent } from '../trace/ferry-event.js';
import type { RingReader } from '../trace/ring-reader.js';
import type { Trace, TraceOptions } from '../trace/trace.js';
import {
  type AdoptableBuffer,
  type BufferSpan,
  bytesOf,
  mayChange,
  placeOf,
  wholePages,
} from './adoptable.js';
import { allocateBuffers, MAX_ALLOCATION } from './allocate-buffers.js';
import { capabilitiesOf, type FerryCapabilities } from './capabilities.js';
import { claimMemory, forgetMemory, joinClaims, releaseMemory } from './claimed-memory.js';
import { FerryEnd } from './ferry-end.js';
import { FerryEvents } from './ferry-events.js';
import { GROWTHS, type Growth } from './growth.js';
import type { WatchedHeat } from './heat.js';
import { HeldMemory } from './held-memory.js';
import { MigratorControl } from './migrator-control.js';
import type { MigratorCounters } from './migrator-counters.js';
import type { MigratorOption } from './migrator-options.js';
import { isMovable } from './movable-memory.js';
import type { FilledFerryOptions } from './options.js';
import { REFERENCES, type Reference } from './reference.js';
import { Region, type RegionHost, type RegionMemory, spansOf } from './region.js';
import { nodeUsage } from './thread/control.js';
import type { Request } from './thread/protocol.js';
import { type StartedThread, ThreadClient } from './thread/thread-client.js';

/**
 * Options of {@link Ferry.adopt} and {@link Ferry.allocate}.
 *
 * @see {@link Ferry.adopt} for an example
 */
export interface AdoptOptions {
  /**
   * Bytes of a folio: a power of two from 4096 to 2097152.
   *
   * @defaultValue 4096
   */
  readonly folioSize?: number;
  /**
   * Id of the node on which adopted memory is, or from which the pages of allocated memory come. On a host with several
   * NUMA nodes, the kernel reports the node of each adopted page, which overrides this.
   *
   * @defaultValue the first node
   */
  readonly node?: number;
  /**
   * Shown in messages and in the dashboard.
   *
   * @defaultValue `region-N`
   */
  readonly name?: string;
  /**
   * Whether the region grows with its memory (WebAssembly.Memory, growable SharedArrayBuffer). `ignore`: it
   * keeps its length. If V8 has to move the memory, the region follows it in either case.
   *
   * @defaultValue `follow`
   */
  readonly growth?: Growth;
  /**
   * Whether the ferry keeps the memory from being freed. `weak`: it does so only during calls. Once the program has no
   * reference to the buffer any more, the region is released.
   *
   * @defaultValue `strong`
   */
  readonly reference?: Reference;
}

/**
 * A memory node, and how much of it is in use now.
 *
 * @see {@link openFerry} for an example
 */
export interface FerryNode {
  /** The id by which the ferry knows the node. */
  readonly id: number;
  /** The NUMA node that its pages come from. */
  readonly numaNode: number;
  /** Another node of the ferry is on the same NUMA node. Moving here changes the pages, not the distance. */
  readonly emulated: boolean;
  /** Bytes of free pages in the node's pool. */
  readonly bytesPooled: number;
  /**
   * Bytes that the node can still take. A node without a capacity takes the free memory of the host, which
   * is read four times a second during migrations.
   */
  readonly bytesFree: number;
}

/**
 * The counters of a ferry, by the kernel's names. docs/counters.md explains them.
 *
 * @see {@link Ferry.stats} for an example
 */
export type FerryStats = ReturnType<MigrateStats['toObject']>;

/** Memory that a ferry and its migration thread share. */
export interface SharedState {
  /** See control.ts. */
  readonly control: SharedArrayBuffer;
  /** The cells of a MigrateStats. */
  readonly stats: SharedArrayBuffer;
  readonly settings: Settings;
  readonly counters: MigratorCounters;
  readonly events: EventRing;
}

/** A server, or another object that closes with a ferry: see `Ferry.closeWith`. */
export interface Closable {
  close(): Promise<void>;
}

/**
 * A migrator that was unregistered because too many batches in a row failed. Later batches are copied without it, and
 * no data is lost.
 *
 * @see {@link Ferry} for an example
 */
export interface MigratorEjection {
  /** Its name. */
  readonly name: string;
  /** How it failed last. */
  readonly why: string;
}

/**
 * The arguments of the listeners of `ferry.on`, by the name of the event.
 *
 * @see {@link Ferry} for an example
 */
export interface FerryNotices {
  /** A migrator was unregistered because too many batches in a row failed. */
  ejected: [MigratorEjection];
}

let regionCount = 0;

/**
 * Moves memory between nodes. `openFerry` makes one. It has its own thread, which does not keep the process alive. Once
 * closed it holds no memory.
 *
 * It is an EventEmitter. It emits `ejected` when a migrator is unregistered after too many failed batches in a row.
 * Without a listener, that becomes a process warning (`PAGEFERRY_MIGRATOR_EJECTED`). {@link Ferry.closed} reports a
 * failure of the ferry itself.
 *
 * @example
 * ```ts
 * import { openFerry } from 'pageferry';
 *
 * const ferry = await openFerry();
 * ferry.on('ejected', ({ name, why }) => console.error(`${name} copies no more: ${why}`));
 * ferry.closed.catch((error) => console.error(`no more migrations: ${error.message}`));
 * const region = ferry.allocate(2 ** 24);
 * await region.migrate({ to: 1 });
 * await ferry.close();
 * ```
 */
export class Ferry extends EventEmitter<FerryNotices> implements AsyncDisposable {
  /** Features of this host and this process that the ferry can use. */
  readonly capabilities: FerryCapabilities;
  /** Ids of the nodes, in the order of {@link Ferry.nodes}. */
  readonly nodeIds: readonly number[];
  /** Maximum bytes that a migration may unmap together. */
  readonly batchBytes: number;
  /** Bytes of a batch if a migration does not choose them. Undefined unless `openFerry` was given a number. */
  readonly defaultBatch: number | undefined;
  readonly #options: FilledFerryOptions;
  /** Only for regions: its spans have addresses, which must not reach the program. */
  readonly #host: RegionHost;
  readonly #thread: ThreadClient;
  readonly #usage: Float64Array;
  readonly #stats: MigrateStats;
  readonly #events: FerryEvents;
  readonly #offload: MigratorControl;
  readonly #end = new FerryEnd();
  readonly #closedWith = new Set<Closable>();
  readonly #map: MemoryMap;
  readonly #regions = new Set<Region>();
  /** Index of the node that a region was adopted with. Memory by which the region grows counts as on that node. */
  readonly #nodes = new WeakMap<Region, number>();
  readonly #held = new HeldMemory();
  /** Releases in progress. A region's memory is referenced until none of its pages can be in flight. */
  readonly #releasing = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  /** @internal Use `openFerry`. */
  constructor(
    options: FilledFerryOptions,
    started: StartedThread,
    map: MemoryMap,
    { control, stats, settings, counters, events }: SharedState,
  ) {
    super();
    this.#options = options;
    this.#map = map;
    const thread = new ThreadClient(started, {
      died: (error) => this.#failed(error),
      ejected: ({ name, why }) => {
        this.#offload.ejected(name);
        this.#emitEjected(Object.freeze({ name, why }));
      },
    });
    this.#thread = thread;
    this.#usage = nodeUsage(control);
    this.#stats = new MigrateStats(new Float64Array(stats));
    this.capabilities = capabilitiesOf(thread);
    this.nodeIds = options.nodes.map(({ id }) => id);
    this.batchBytes = options.batchBytes;
    this.defaultBatch = options.defaultBatch;
    this.#events = new FerryEvents(events);
    const { nodeIds, batchBytes, defaultBatch, capabilities } = this;
    this.#host = {
      nodeIds,
      batchBytes,
      defaultBatch,
      capabilities,
      checkOpen: (operation) => this.checkOpen(operation),
      takeRecord: () => thread.takeRecord(),
      freeRecord: (record) => thread.freeRecord(record),
      migrate: (record, plan) => thread.migrate(record, plan),
      movePages: (plan) => this.#movePages(plan),
      discard: async (region, from, to) => void (await this.request({ op: 'discard', region, from, to })),
      pageOut: async (region, from, to) => void (await this.request({ op: 'pageOut', region, from, to })),
      advise: async (region, from, to, advice) =>
        void (await this.request({ op: 'advise', region, from, to, advice })),
      heat: (plan, keepsAlive) =>
        this.#thread.request({ op: 'heat', plan }, keepsAlive) as Promise<WatchedHeat | undefined>,
      releaseRegion: (region) => this.#releaseRegion(region),
      wholePages: (operation, buffer, place) => wholePages(operation, buffer, 0, map, place),
      replaceMemory: (...memory) => this.#replaceMemory(...memory),
      watch: (span) => this.#watch(span),
      unwatch: (span) => this.#unwatch(span),
    };
    this.#offload = new MigratorControl(this, settings, counters, this.#events.recorder);
  }

  /** The memory nodes. */
  get nodes(): readonly FerryNode[] {
    const { nodes } = this.#options;
    return nodes.map(({ id, numaNode }, i) => ({
      id,
      numaNode,
      emulated: nodes.findIndex((other) => other.numaNode === numaNode) !== i,
      bytesPooled: this.#usage[i * 2]!,
      bytesFree: this.#usage[i * 2 + 1]!,
    }));
  }

  /** Memory that was adopted or allocated and not released yet. */
  get regions(): readonly Region[] {
    return [...this.#regions];
  }

  /** Name of the registered migrator. */
  get activeMigrator(): string | undefined {
    return this.#offload.active;
  }

  /**
   * Resolves when the ferry is closed. Rejects with a {@link MigrationError} when the ferry fails: its migration thread
   * has ended, or an audit has found a violation. Every region is then ordinary memory. The rejection need not be
   * handled. If the program has never read this property, a failure becomes a process warning (`PAGEFERRY_FAILED`).
   *
   * @example
   * ```ts
   * ferry.closed.catch((error) => console.error(error.code, error.message));
   * ```
   */
  get closed(): Promise<void> {
    return this.#end.promise;
  }

  /** The parameters, by the kernel's names. They can be read and changed at any time: docs/parameters.md. */
  get parameters(): ParameterAccess {
    return this.#offload.parameters;
  }

  /**
   * Takes a live buffer under management. Migrations do not change its virtual addresses, and the program can use it at
   * any time. The ferry references it until `region.release()` or `close()` (`options.reference`). If it grows, the region grows with it
   * (`options.growth`), even if V8 has to move it for that.
   *
   * A child process does not inherit adopted memory (MADV_DONTFORK), because pages that are shared with a child cannot
   * move.
   *
   * @throws {@link MigrationError} EINVAL for bad options, and for memory that could be freed or moved (an ArrayBuffer,
   * a Buffer). EBUSY when a ferry of any thread of this process has it already. ENOMEM at a limit of mappings.
   * EOPNOTSUPP for a WebAssembly.Memory that V8 may have to move, without {@link FerryCapabilities.mappingEvents}.
   * @example
   * ```ts
   * const memory = new SharedArrayBuffer(64 * 2 ** 20);
   * const region = ferry.adopt(memory, { folioSize: 2 ** 16, name: 'cache' });
   * console.log(region.bytes, region.migratable, region.changes);
   * await region.release();
   * ```
   */
  adopt<B extends AdoptableBuffer>(buffer: B, options: AdoptOptions = {}): Region<B> {
    return inCall('adopt', () => this.#adopt(buffer, options));
  }

  #adopt<B extends AdoptableBuffer>(buffer: B, options: AdoptOptions): Region<B> {
    this.checkOpen('adopt');
    const { order, node, name, growth, reference } = this.#checkAdoption('adopt', options, [
      'growth',
      'reference',
    ]);
    const place = placeOf('adopt', buffer);
    const span = wholePages('adopt', buffer, 0, this.#map, place);
    const movable = isMovable(
      buffer,
      types.isSharedArrayBuffer(bytesOf('adopt', buffer).memory),
      place.start,
      place.byteLength,
      this.#map,
    );
    if (movable && !this.#thread.tellsChanges) throw unwatched();
    const { byteLength: bytes } = place;
    const memory: RegionMemory = {
      bytes,
      spans: [span],
      origin: 'adopted',
      place: mayChange(buffer) ? place : undefined,
      growth,
      reference,
      movable,
    };
    return this.#attach('adopt', [buffer], memory, order, node, name);
  }

  /**
   * Allocates memory whose pages come from `node`, as at most 512 SharedArrayBuffers of at most 4 GiB each. After
   * `release()` they are ordinary SharedArrayBuffers.
   *
   * @param bytes at least 8192; need not be whole pages.
   * @throws {@link MigrationError} EINVAL or ENODEV for bad arguments. ENOMEM without address space for it.
   * @example
   * ```ts
   * const own = ferry.allocate(16 * 2 ** 20, { node: 1 });
   * new Uint8Array(own.buffer).fill(1);
   * await own.release();
   * ```
   */
  allocate(bytes: number, options: AdoptOptions = {}): Region<SharedArrayBuffer> {
    return inCall('allocate', () => this.#allocate(bytes, options));
  }

  #allocate(bytes: number, options: AdoptOptions): Region<SharedArrayBuffer> {
    this.checkOpen('allocate');
    checkInteger('allocate', 'bytes', bytes, 2 * PAGE_SIZE, MAX_ALLOCATION);
    const { order, node, name } = this.#checkAdoption('allocate', options);
    const { buffers, spans } = allocateBuffers(bytes, this.#options.nodes[node]!.numaNode, this.#map);
    const origin = 'allocated';
    const memory: RegionMemory = {
      bytes,
      spans,
      origin,
      place: undefined,
      growth: 'ignore',
      reference: 'strong',
      movable: false,
    };
    return this.#attach('allocate', buffers, memory, order, node, name);
  }

  /**
   * Registers the migrator that copies batches: one of pageferry's own, by name, or the program's own, by the URL of
   * its module. Resolves to its name.
   *
   * Without a migrator, the migration thread copies each folio by itself. It also copies those that the migrator does
   * not copy. A migrator that fails too often in a row is unregistered, with the event `ejected`.
   *
   * @throws {@link MigrationError} EBUSY when one is registered, with its name. ENODEV for an unknown name or a missing
   * device. EMFILE, ENOMEM and others when its threads cannot start. EINVAL for bad options. For a module also ENOENT
   * and ETIMEDOUT.
   * @example
   * ```ts
   * await ferry.registerMigrator({ name: 'mtcopy', threads: 2 });
   * await ferry.unregisterMigrator('mtcopy');
   * await ferry.registerMigrator({ name: 'error', inner: { name: 'dcbm', channels: 2 }, failBatch: 2 });
   * ```
   */
  registerMigrator(migrator: MigratorOption): Promise<string> {
    return this.#offload.register(migrator);
  }

  /**
   * Unregisters the migrator. New batches run without it. Resolves when no batch uses it any more.
   * @throws {@link MigrationError} EINVAL when it is not the registered one.
   */
  unregisterMigrator(name: string): Promise<void> {
    return this.#offload.unregister(name);
  }

  /**
   * Prefills the pool of a node with free pages from the kernel for the next migration to it. At the end of a migration
   * a pool keeps at most `poolBytes`, so choose that large enough.
   *
   * `bytes` is at most `poolBytes` + `batchBytes` of `openFerry` (by default 96 MiB): what a pool keeps, and the batch
   * that follows. It is rounded up to whole pages. Pages are taken from the kernel in units of 2 MiB. Resolves to the
   * bytes of free pages, which is less than `bytes` when the node has no more.
   *
   * @throws {@link MigrationError} EINVAL, ENODEV
   * @example
   * ```ts
   * const bytes = await ferry.prefill({ node: 1, bytes: 32 * 2 ** 20 });
   * console.log(`${bytes} bytes of free pages`);
   * ```
   */
  async prefill(options: { node: number; bytes: number; folioSize?: number }): Promise<number> {
    this.checkOpen('prefill');
    const { node: id, bytes, folioSize } = readOptions('prefill', options, ['node', 'bytes', 'folioSize']);
    const node = nodeIndex('prefill', 'options.node', id, this.nodeIds);
    const { batchBytes, poolBytes } = this.#options;
    const max = poolBytes + batchBytes;
    const advice = `The limit is poolBytes (${poolBytes}) + batchBytes (${batchBytes}) of openFerry.`;
    checkInteger('prefill', 'options.bytes', bytes, 0, max, advice);
    const huge = checkFolioSize('prefill', folioSize) === MAX_ORDER;
    const pages = Math.ceil(bytes / PAGE_SIZE);
    return ((await this.request({ op: 'prefill', node, pages, huge })) as number) * PAGE_SIZE;
  }

  /**
   * The counters since the ferry was opened. They are less than a millisecond old.
   *
   * @example
   * ```ts
   * const before = ferry.stats().bytes_moved; // docs/counters.md lists the counters
   * await region.migrate({ to: 1 });
   * console.log(ferry.stats().bytes_moved - before);
   * ```
   */
  stats(): FerryStats {
    return this.#stats.toObject();
  }

  /**
   * Opens a reader of events: phases, channels and outcomes, batch by batch. Events are recorded while a reader is
   * open, which costs the migration thread 1 to 2 µs for each batch. A reader still works after `close()`.
   *
   * @throws {@link MigrationError} EINVAL for bad options. EBADF or EIO when the ferry is closed.
   * @example
   * ```ts
   * const events = ferry.events({ signal: AbortSignal.timeout(10_000) });
   * await region.migrate({ to: 1 });
   * for await (const event of events) {
   *   console.log(event.kind);
   *   if (event.kind === 'migration') break;
   * }
   * ```
   */
  events(options: EventsOptions = {}): EventReader {
    this.checkOpen('events');
    return this.#events.reader(options);
  }

  /**
   * Starts a trace for Perfetto, which ends with its `stop()` or with the ferry: docs/tracing.md.
   *
   * @throws {@link MigrationError} EINVAL for bad options. EBADF or EIO when the ferry is closed.
   * @example
   * ```ts
   * const trace = ferry.trace();
   * await region.migrate({ to: 1 });
   * console.log(JSON.stringify(trace.stop()).length);
   * ```
   */
  trace(options: TraceOptions = {}): Trace {
    this.checkOpen('trace');
    return this.#events.trace(options);
  }

  /**
   * Stops migrations between batches (they reject with ECANCELED), releases every region and frees the ferry's own
   * memory. The program can use adopted buffers as before. Further calls return the same promise.
   */
  close(): Promise<void> {
    this.#closing ??= this.#end.after(() => this.#close());
    return this.#closing;
  }

  /** As {@link Ferry.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal As `events()`, for readers that need no object for each event. */
  watchEvents(): RingReader {
    return this.#events.reader();
  }

  /**
   * @internal Has the migration thread run before the other threads of the process, or no more. Returns whether it does. The
   * kernel refuses it without CAP_SYS_NICE.
   */
  async raisePriority(raised: boolean): Promise<boolean> {
    return (await this.request({ op: 'priority', raised })) as boolean;
  }

  /** @internal Records that an autopilot has loaded or ejected the program's own policy. */
  recordPolicy(action: PolicyEvent['action'], name: string, why: string): void {
    this.#events.recorder.policy(action, name, why);
  }

  /** @internal */
  checkOpen(operation: string): void {
    if (this.#thread.death !== undefined) throw errorOf(operation, this.#thread.death);
    if (this.#closing !== undefined) {
      throw new MigrationError('EBADF', 'the ferry is closed', { operation, advice: 'Open a new one.' });
    }
  }

  /**
   * @internal Opens a server or the like that closes with the ferry. If the ferry closes first, closes it and throws.
   */
  async closeWith<T extends Closable>(operation: string, open: () => Promise<T>): Promise<T> {
    this.checkOpen(operation);
    const opened = await open();
    try {
      this.checkOpen(operation);
    } catch (error) {
      await opened.close();
      throw error;
    }
    this.#closedWith.add(opened);
    return opened;
  }

  /** @internal */
  request(request: Request): Promise<unknown> {
    return this.#thread.request(request);
  }

  #movePages(plan: MovePagesPlan): Promise<Int32Array> {
    const progress = new SharedArrayBuffer(PROGRESS_BYTES);
    return this.request({ op: 'movePages', plan, progress }) as Promise<Int32Array>;
  }

  #releaseRegion(region: Region): Promise<void> {
    this.#regions.delete(region);
    const done = this.#detach(region.id).then(() => {
      this.#release(region);
      this.#releasing.delete(done);
    });
    this.#releasing.add(done);
    return done;
  }

  async #detach(region: number): Promise<void> {
    const drop = (): void => this.#held.drop(region);
    // After the end of the thread no page is in flight, and no device that it started copies.
    const atRest = await this.request({ op: 'detach', region }).catch(() => true);
    if (atRest) drop();
    else this.#thread.request({ op: 'devicesAtRest' }, false).then(drop, drop);
  }

  // -------------------------------------------------------------------------------------------------------

  /** Emits `ejected`. An error of one listener becomes a warning, and the others are called. */
  #emitEjected(ejection: MigratorEjection): void {
    const listeners = this.rawListeners('ejected') as ((ejection: MigratorEjection) => unknown)[];
    if (listeners.length === 0) warnOfEjection(ejection);
    const warn = (error: unknown): void =>
      process.emitWarning(`a listener of 'ejected' threw: ${describeThrown(error)}`, 'PageferryWarning');
    for (const listener of listeners) callListener(() => listener.call(this, ejection), warn);
  }

  #attach<B extends AdoptableBuffer>(
    operation: 'adopt' | 'allocate',
    buffers: readonly B[],
    memory: RegionMemory,
    order: number,
    node: number,
    name: string | undefined,
  ): Region<B> {
    const { spans, movable } = memory;
    const id = ++regionCount;
    const region = new Region(this.#host, id, name ?? `region-${id}`, order, buffers, memory);
    claimMemory(operation, spans, order, movable || region.weak ? () => region.isThere() : undefined);
    region.releaseWhenFreed();
    this.#regions.add(region);
    this.#nodes.set(region, node);
    this.#held.hold(id, operation, buffers);
    // Not awaited. Later requests come after this one, and meet its error.
    this.request({
      op: 'attach',
      region: id,
      memory: { spans, node },
      order,
      movable,
    }).catch(() => undefined);
    return region;
  }

  #replaceMemory(region: Region, old: readonly BufferSpan[], next: BufferSpan, moved: boolean): void {
    const isThere = region.movable || region.weak ? () => region.isThere() : undefined;
    const order = orderOf(region.folioSize);
    if (moved) {
      forgetMemory(old);
      claimMemory('adopt', [next], order, isThere);
    } else {
      const pages = old[0]!.pages;
      const more = { ...next, address: next.address + pages * PAGE_SIZE, pages: next.pages - pages };
      if (more.pages > 0) claimMemory('adopt', [more], order);
      if (more.pages > 0) joinClaims(old[0]!, more);
    }
    this.#held.hold(region.id, 'adopt', region.buffers);
    const memory = { spans: [next], node: this.#nodes.get(region)! };
    this.request({ op: 'replace', region: region.id, memory }).catch(() => undefined);
  }

  #watch({ address, pages }: BufferSpan): void {
    const error = this.#thread.watch(address, pages * PAGE_SIZE);
    if (error !== 0) throw notRegistered(-error);
  }

  #unwatch({ address, pages }: BufferSpan): void {
    this.#thread.unwatch(address, pages * PAGE_SIZE);
  }

  async #closeOthers(): Promise<void> {
    await Promise.all([...this.#closedWith].map((one) => one.close()));
  }

  /** Memory that V8 has moved or freed is not touched at its old address, which may have another user now. */
  #release(region: Region): void {
    if (region.isThere()) releaseMemory(spansOf(region), region.origin, region.watched);
    else forgetMemory(spansOf(region));
  }

  async #close(): Promise<void> {
    const regions = [...this.#regions];
    this.#regions.clear();
    for (const region of regions) {
      region.markReleased();
      region.endWatches();
    }
    try {
      await this.#closeOthers();
      if (this.#thread.death === undefined) await this.request({ op: 'close' });
    } finally {
      await Promise.all(this.#releasing);
      for (const region of regions) this.#release(region);
      await this.#thread.ended();
      this.#held.dropAll();
      this.#events.close();
      this.#offload.close();
      this.#map.close();
    }
  }

  /** The migration thread has ended. Every region is ordinary memory. Later calls reject with the reason. */
  #failed(error: MigrationError): void {
    for (const region of this.#regions) {
      region.markReleased();
      this.#release(region);
    }
    this.#regions.clear();
    this.#held.dropAll();
    this.#closeOthers().catch(() => undefined);
    this.#events.close();
    this.#offload.close();
    this.#end.failed(error);
  }

  #checkAdoption(
    operation: string,
    options: AdoptOptions,
    more: readonly ('growth' | 'reference')[] = [],
  ): { order: number; node: number; name: string | undefined; growth: Growth; reference: Reference } {
    const known = ['folioSize', 'node', 'name', ...more] as const;
    const given = readOptions(operation, options, known);
    const { folioSize, node, name, growth = 'follow', reference = 'strong' } = given;
    if (!GROWTHS.includes(growth)) {
      const rule = `must be 'follow' or 'ignore', not ${describe(growth)}`;
      throw invalidArgument(operation, 'options.growth', rule);
    }
    if (!REFERENCES.includes(reference)) {
      const rule = `must be 'strong' or 'weak', not ${describe(reference)}`;
      throw invalidArgument(operation, 'options.reference', rule);
    }
    if (name !== undefined && typeof name !== 'string') {
      throw invalidArgument(operation, 'options.name', `must be a string, not ${describe(name)}`);
    }
    const order = checkFolioSize(operation, folioSize);
    const index = node === undefined ? 0 : nodeIndex(operation, 'options.node', node, this.nodeIds);
    return { order, node: index, name, growth, reference };
  }
}

function warnOfEjection({ name, why }: MigratorEjection): void {
  process.emitWarning(`migrator '${name}' was unregistered because it failed again and again: ${why}`, {
    code: 'PAGEFERRY_MIGRATOR_EJECTED',
    detail: 'Batches are copied without a migrator now; nothing is lost.',
  });
}

function orderOf(folioSize: number): number {
  return Math.log2(folioSize / PAGE_SIZE);
}

function unwatched(): MigrationError {
  return new MigrationError('EOPNOTSUPP', 'buffer: V8 can move this WebAssembly.Memory when it grows', {
    operation: 'adopt',
    argument: 'buffer',
    advice:
      'The ferry cannot track the move, because this process cannot make memory executable or start a thread. Use a shared memory.',
  });
}
