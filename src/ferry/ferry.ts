import { EventEmitter } from 'node:events';
import { types } from 'node:util';
import { checkFolioSize, checkInteger, nodeIndex, readOptions } from '../common/check-options.js';
import { describe } from '../common/describe-value.js';
import { errorOf, inCall, invalidArgument, MigrationError } from '../common/migration-error.js';
import { MAX_ORDER, PAGE_SIZE } from '../common/page.js';
import type { MigrationEnd } from '../engine/migrate-result.js';
import type { MigratePlan, MovePagesPlan } from '../engine/plan.js';
import { PROGRESS_BYTES } from '../engine/progress.js';
import { notRegistered } from '../linux/memory/registration.js';
import type { MemoryMap } from '../linux/sys/memory-map.js';
import { MigrateStats } from '../mm/stats.js';
import type { Settings } from '../offload/settings.js';
import type { ParameterAccess } from '../parameters/parameter-tree.js';
import type { EventReader, EventsOptions } from '../trace/event-reader.js';
import type { EventRing } from '../trace/event-ring.js';
import type { RingReader } from '../trace/ring-reader.js';
import type { Trace, TraceOptions } from '../trace/trace.js';
import {
  type AdoptableBuffer,
  type BufferPlace,
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
import { MigratorControl } from './migrator-control.js';
import type { MigratorCounters } from './migrator-counters.js';
import type { MigratorOption } from './migrator-options.js';
import { isMovable } from './movable-memory.js';
import type { FilledFerryOptions } from './options.js';
import { Region, type RegionMemory } from './region.js';
import { nodeUsage } from './thread/control.js';
import type { MigrationRecord } from './thread/migration-record.js';
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
   * Id of the node on which the memory is now. On a host with several NUMA nodes the kernel is queried by
   * default.
   *
   * @defaultValue the first node
   */
  readonly node?: number;
  /**
   * For messages and the dashboard.
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
}

/**
 * A memory node, as it is now.
 *
 * @see {@link openFerry} for an example
 */
export interface FerryNode {
  /** The number by which the ferry knows the node. */
  readonly id: number;
  /** The NUMA node that its pages come from. */
  readonly numaNode: number;
  /** Another node of the ferry lies on the same NUMA node: moving here changes the pages, not the distance. */
  readonly emulated: boolean;
  /** Free pages that the pool holds. */
  readonly bytesPooled: number;
  /**
   * Bytes that the node can still take. A node without a capacity takes the free memory of the host, which
   * is read four times a second during migrations.
   */
  readonly bytesFree: number;
}

/**
 * The counters of a ferry, by the kernel's names: docs/counters.md.
 *
 * @see {@link Ferry.stats} for an example
 */
export type FerryStats = ReturnType<MigrateStats['toObject']>;

/** What a ferry and its migration thread share. */
export interface SharedState {
  /** See control.ts. */
  readonly control: SharedArrayBuffer;
  /** The cells of a MigrateStats. */
  readonly stats: SharedArrayBuffer;
  readonly settings: Settings;
  readonly counters: MigratorCounters;
  readonly events: EventRing;
}

/** What can be closed with a ferry: see `Ferry.closeWith`. */
export interface Closable {
  close(): Promise<void>;
}

/**
 * A migrator that was unregistered because it failed again and again. Batches are copied without it, and
 * nothing is lost.
 *
 * @see {@link Ferry} for an example
 */
export interface MigratorEjection {
  /** Its name. */
  readonly name: string;
  /** The last failure, in words. */
  readonly why: string;
}

/**
 * The arguments of the listeners of `ferry.on`, by the name of the event.
 *
 * @see {@link Ferry} for an example
 */
export interface FerryNotices {
  /** A migrator was unregistered because it failed again and again. */
  ejected: [MigratorEjection];
}

let regionCount = 0;

/**
 * Moves memory between nodes. Open one with `openFerry`; it has a thread of its own, and keeps neither the
 * process alive nor any memory once closed.
 *
 * It is an EventEmitter. It emits `ejected` when a migrator was unregistered because it failed again and
 * again. Without a listener, that becomes a process warning (`PAGEFERRY_MIGRATOR_EJECTED`).
 * {@link Ferry.closed} reports a failure of the ferry itself.
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
  /** Base pages that a migration may unmap together. */
  readonly batchBytes: number;
  /** Base pages of a batch of a migration that says nothing, where the ferry was opened with a number. */
  readonly defaultBatch: number | undefined;
  readonly #options: FilledFerryOptions;
  readonly #thread: ThreadClient;
  readonly #usage: Float64Array;
  readonly #stats: MigrateStats;
  readonly #events: FerryEvents;
  readonly #offload: MigratorControl;
  readonly #end = new FerryEnd();
  readonly #closedWith = new Set<Closable>();
  readonly #map: MemoryMap;
  readonly #regions = new Set<Region>();
  /** The node (its index) that a region was adopted with: memory that it grows by is believed to lie there. */
  readonly #nodes = new WeakMap<Region, number>();
  /** Regions whose release is under way: their memory is held until no page of it can be out. */
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
        if (!this.emit('ejected', Object.freeze({ name, why }))) warnOfEjection(name, why);
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
   * Resolves when the ferry is closed. Rejects with a {@link MigrationError} when the ferry fails: its
   * migration thread has ended, or an audit has found a violation. Every region is ordinary memory then.
   * The rejection need not be handled. If the program has never read this property, a failure becomes a
   * process warning (`PAGEFERRY_FAILED`).
   *
   * @example
   * ```ts
   * ferry.closed.catch((error) => console.error(error.code, error.message));
   * ```
   */
  get closed(): Promise<void> {
    return this.#end.promise;
  }

  /**
   * The parameters, which can be read and changed while the ferry runs, under the kernel's names:
   * docs/parameters.md.
   */
  get parameters(): ParameterAccess {
    return this.#offload.parameters;
  }

  /**
   * Takes a live buffer under management. It stays where it is, and usable all the time; the ferry holds it
   * until `region.release()` or `close()`. A memory that grows takes its region with it (`options.growth`),
   * also where V8
   * has to move it for that.
   *
   * A child process does not inherit adopted memory (MADV_DONTFORK): pages shared with a child cannot move.
   *
   * @throws {@link MigrationError} EINVAL for bad options, and for memory that could be freed or moved (an
   * ArrayBuffer, a Buffer). EBUSY when a ferry of this process has it already, in any thread. ENOMEM at a
   * limit of mappings. EOPNOTSUPP for a WebAssembly.Memory that V8 may have to move, if nothing notifies
   * the ferry of that.
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
    const { order, node, name, growth } = this.#checkAdoption('adopt', options, ['growth']);
    const place = placeOf('adopt', buffer);
    const span = wholePages('adopt', buffer, 0, this.#map, place);
    const movable = isMovable(
      buffer,
      types.isSharedArrayBuffer(bytesOf('adopt', buffer).memory),
      place.start,
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
      movable,
    };
    return this.#attach('adopt', [buffer], memory, order, node, name);
  }

  /**
   * Allocates memory whose pages come from `node`, as SharedArrayBuffers of at most 4 GiB each, 512 of them at most. `bytes`
   * need not be whole pages.
   * After `release()` it is ordinary memory like any other SharedArrayBuffer.
   *
   * @throws {@link MigrationError} EINVAL or ENODEV for bad arguments, ENOMEM without address space for it.
   *
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
    const memory: RegionMemory = { bytes, spans, origin, place: undefined, growth: 'ignore', movable: false };
    return this.#attach('allocate', buffers, memory, order, node, name);
  }

  /**
   * Makes a migrator the one that copies batches: one of pageferry's own, by name, or the program's own, by the URL
   * of its module. Without one each folio is copied by itself. Batches that it does not copy, for whatever reason,
   * fall back; one that fails again and again is unregistered (with a process warning).
   *
   * Resolves to its name.
   * @throws {@link MigrationError} EBUSY when one is registered, naming it; ENODEV when there is none of that name, or its
   * device is not there; EMFILE, ENOMEM, … when its threads cannot start; EINVAL for bad options; for a module also ENOENT
   * and ETIMEDOUT.
   *
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
   * Takes the migrator out: later batches run without it. Resolves when no batch uses it any more.
   * @throws {@link MigrationError} EINVAL when it is not the registered one.
   */
  unregisterMigrator(name: string): Promise<void> {
    return this.#offload.unregister(name);
  }

  /**
   * Prefills the pool of a node with free pages from the kernel, so that a migration to it finds them. A
   * migration ends with the pools at their maximum again, so `poolBytes` should allow for them.
   *
   * `bytes` is rounded up to whole pages. Pages come in units of 2 MiB. Resolves to the bytes of free
   * pages, which is less than `bytes` when the node has no more.
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
    checkInteger('prefill', 'options.bytes', bytes, 0, max);
    const huge = checkFolioSize('prefill', folioSize) === MAX_ORDER;
    const pages = Math.ceil(bytes / PAGE_SIZE);
    return ((await this.request({ op: 'prefill', node, pages, huge })) as number) * PAGE_SIZE;
  }

  /**
   * Everything that was counted since the ferry was opened; less than a millisecond old.
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
   * Opens a reader of events: phases, channels and outcomes, batch by batch. Events are recorded while a
   * reader is open, which costs the migration thread a microsecond or two a batch. It can be read after
   * `close()`, too.
   *
   * @throws {@link MigrationError} EINVAL for bad options.
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
    return this.#events.reader(options);
  }

  /**
   * Records what happens from now on, until `stop()` or the ferry's `close()`: for Perfetto. See docs/tracing.md.
   * @throws {@link MigrationError} EINVAL for bad options; EBADF, EIO when the ferry is closed.
   *
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
   * Stops migrations between batches (they reject with ECANCELED), releases every region and gives all of
   * the ferry's own memory back. Adopted buffers work on as before. Closing twice gives the same promise.
   */
  close(): Promise<void> {
    this.#closing ??= this.#end.after(() => this.#close());
    return this.#closing;
  }

  /** As {@link Ferry.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal As `events()`, for who reads without an object for each event. */
  watchEvents(): RingReader {
    return this.#events.reader();
  }

  // --- RegionHost ----------------------------------------------------------------------------------------

  /** @internal */
  checkOpen(operation: string): void {
    if (this.#thread.death !== undefined) throw errorOf(operation, this.#thread.death);
    if (this.#closing !== undefined) {
      throw new MigrationError('EBADF', 'the ferry is closed', { operation, advice: 'Open a new one.' });
    }
  }

  /** @internal Opens something that is closed with the ferry, unless it was closed before: a server. */
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

  /** @internal */
  takeRecord(): MigrationRecord {
    return this.#thread.takeRecord();
  }

  /** @internal */
  freeRecord(record: MigrationRecord): void {
    this.#thread.freeRecord(record);
  }

  /** @internal */
  migrate(record: MigrationRecord, plan: MigratePlan): Promise<MigrationEnd> {
    return this.#thread.migrate(record, plan);
  }

  /** @internal */
  movePages(plan: MovePagesPlan): Promise<Int32Array> {
    const progress = new SharedArrayBuffer(PROGRESS_BYTES);
    return this.request({ op: 'movePages', plan, progress }) as Promise<Int32Array>;
  }

  /** @internal */
  releaseRegion(region: Region): Promise<void> {
    this.#regions.delete(region);
    const done = this.request({ op: 'detach', region: region.id })
      .catch(() => undefined)
      .then(() => {
        this.#release(region);
        this.#releasing.delete(done);
      });
    this.#releasing.add(done);
    return done;
  }

  // -------------------------------------------------------------------------------------------------------

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
    const region = new Region(this, id, name ?? `region-${id}`, order, buffers, memory);
    claimMemory(operation, spans, order, movable ? () => region.isThere() : undefined);
    this.#regions.add(region);
    this.#nodes.set(region, node);
    // The reply is not waited for: a request that follows comes after it, and meets what went wrong.
    this.request({
      op: 'attach',
      region: id,
      memory: { spans, node, hold: sharedOf(operation, buffers) },
      order,
      movable,
    }).catch(() => undefined);
    return region;
  }

  /** @internal */
  wholePages(operation: string, buffer: AdoptableBuffer, place: BufferPlace): BufferSpan {
    return wholePages(operation, buffer, 0, this.#map, place);
  }

  /** @internal */
  replaceMemory(region: Region, old: readonly BufferSpan[], next: BufferSpan, moved: boolean): void {
    const isThere = region.movable ? () => region.isThere() : undefined;
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
    const hold = sharedOf('adopt', region.buffers);
    const memory = { spans: [next], node: this.#nodes.get(region)!, hold };
    this.request({ op: 'replace', region: region.id, memory }).catch(() => undefined);
  }

  /** @internal */
  watch({ address, pages }: BufferSpan): void {
    const error = this.#thread.watch(address, pages * PAGE_SIZE);
    if (error !== 0) throw notRegistered(-error);
  }

  /** @internal */
  unwatch({ address, pages }: BufferSpan): void {
    this.#thread.unwatch(address, pages * PAGE_SIZE);
  }

  async #closeOthers(): Promise<void> {
    await Promise.all([...this.#closedWith].map((one) => one.close()));
  }

  /** What is not where it was is not touched: it may be somebody else's. */
  #release(region: Region): void {
    if (region.isThere()) releaseMemory(region.spans, region.origin);
    else forgetMemory(region.spans);
  }

  async #close(): Promise<void> {
    const regions = [...this.#regions];
    this.#regions.clear();
    for (const region of regions) region.markReleased();
    try {
      await this.#closeOthers();
      if (this.#thread.death === undefined) await this.request({ op: 'close' });
    } finally {
      await Promise.all(this.#releasing);
      for (const region of regions) this.#release(region);
      await this.#thread.ended();
      this.#events.close();
      this.#map.close();
    }
  }

  /** The migration thread is gone: every region is ordinary memory, and whatever is asked of the ferry says why. */
  #failed(error: MigrationError): void {
    for (const region of this.#regions) {
      region.markReleased();
      this.#release(region);
    }
    this.#regions.clear();
    this.#closeOthers().catch(() => undefined);
    this.#events.close();
    this.#end.failed(error);
  }

  #checkAdoption(
    operation: string,
    options: AdoptOptions,
    more: readonly 'growth'[] = [],
  ): { order: number; node: number; name: string | undefined; growth: Growth } {
    const known = ['folioSize', 'node', 'name', ...more] as const;
    const { folioSize, node, name, growth = 'follow' } = readOptions(operation, options, known);
    if (!GROWTHS.includes(growth)) {
      const rule = `must be 'follow' or 'ignore', not ${describe(growth)}`;
      throw invalidArgument(operation, 'options.growth', rule);
    }
    if (name !== undefined && typeof name !== 'string') {
      throw invalidArgument(operation, 'options.name', `must be a string, not ${describe(name)}`);
    }
    const order = checkFolioSize(operation, folioSize);
    const index = node === undefined ? 0 : nodeIndex(operation, 'options.node', node, this.nodeIds);
    return { order, node: index, name, growth };
  }
}

/** Memory of a region that its migration thread has to hold. */
function sharedOf(operation: string, buffers: readonly AdoptableBuffer[]): SharedArrayBuffer[] {
  return buffers
    .map((buffer) => bytesOf(operation, buffer).memory)
    .filter((memory) => types.isSharedArrayBuffer(memory));
}

function warnOfEjection(name: string, why: string): void {
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
