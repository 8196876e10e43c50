import { callListener } from '../common/call-listener.js';
import { checkInteger } from '../common/check-options.js';
import { readSafely } from '../common/check-plain.js';
import { describe, describeThrown } from '../common/describe-value.js';
import { ERRNO } from '../common/errno.js';
import { errorOf, inCall, invalidArgument, MigrationError } from '../common/migration-error.js';
import { onAbort } from '../common/on-abort.js';
import { folioBytes, PAGE_SIZE } from '../common/page.js';
import type { MigrationEnd } from '../engine/migrate-result.js';
import type { MigratePlan, MovePagesPlan } from '../engine/plan.js';
import type { ProgressWords } from '../engine/progress.js';
import { ADVICE } from '../heat/advice.js';
import { advise, MADV_POPULATE_WRITE } from '../linux/sys/mman.js';
import { type AdoptableBuffer, type BufferPlace, type BufferSpan, placeOf } from './adoptable.js';
import type { FerryCapabilities } from './capabilities.js';
import type { MemoryOrigin } from './claimed-memory.js';
import type { Growth } from './growth.js';
import { type HeatOptions, type HeatPlan, planHeat, type WatchedHeat } from './heat.js';
import { HeatIterator, type RegionWatch } from './heat-iterator.js';
import {
  type MigrateOptions,
  type MigrateResult,
  MigrationAbortedError,
  type PlannedMigration,
  planMigration,
} from './migrate-options.js';
import { type MovePagesOptions, movePagesRequest } from './move-pages-request.js';
import type { Reference } from './reference.js';
import type { MigrationRecord } from './thread/migration-record.js';

const PROGRESS_INTERVAL_MS = 100;

/** Bytes that one step of `locate` queries. Its lists take some MB. */
const LOCATE_BYTES = 2 ** 31;

/** The part of a ferry that its regions use. */
export interface RegionHost {
  readonly nodeIds: readonly number[];
  readonly batchBytes: number;
  readonly defaultBatch: number | undefined;
  /** Whether write-protected migrations are supported on this host. */
  readonly capabilities: Pick<FerryCapabilities, 'writeProtection'>;
  /** @throws {@link MigrationError} when the ferry is closed or has failed. */
  checkOpen(operation: string): void;
  /** A record for one migration: see ThreadClient.takeRecord. */
  takeRecord(): MigrationRecord;
  freeRecord(record: MigrationRecord): void;
  migrate(record: MigrationRecord, plan: MigratePlan): Promise<MigrationEnd>;
  /** Resolves to indices of nodes, or negative errnos. */
  movePages(plan: MovePagesPlan): Promise<Int32Array>;
  /** Gives pages back to the system: from the page with this index to before another. */
  discard(region: number, from: number, to: number): Promise<void>;
  /** Writes pages to swap: from the page with this index to before another. */
  pageOut(region: number, from: number, to: number): Promise<void>;
  /** Keeps what the program says of pages (one of ADVICE): from the page with this index to before another. */
  advise(region: number, from: number, to: number, advice: number): Promise<void>;
  /** Watches a region for a time. Resolves to undefined if it was stopped. */
  heat(plan: HeatPlan, keepsAlive: boolean): Promise<WatchedHeat | undefined>;
  releaseRegion(region: Region): Promise<void>;
  /** The whole pages of a region's buffer, which is at `place` now. @throws {@link MigrationError} as `adopt` does */
  wholePages(operation: string, buffer: AdoptableBuffer, place: BufferPlace): BufferSpan;
  /** The region's memory has moved, or grown in place: `next` replaces `old`. @throws {@link MigrationError} */
  replaceMemory(region: Region, old: readonly BufferSpan[], next: BufferSpan, moved: boolean): void;
  /** The kernel notifies the ferry from now on if the range is unmapped. @throws {@link MigrationError} */
  watch(span: BufferSpan): void;
  unwatch(span: BufferSpan): void;
}

/**
 * The advice of a program on its memory.
 *
 * @see {@link Region.advise} for an example
 */
export type Advice = 'hot' | 'warm' | 'cold' | 'dead';

/** Advice that is kept, as its number. */
const KEPT: Readonly<Record<Exclude<Advice, 'dead'>, number>> = {
  hot: ADVICE.hot,
  warm: ADVICE.none,
  cold: ADVICE.cold,
};

/**
 * A part of a region's memory.
 *
 * @see {@link Ferry.adopt} for an example
 */
export interface MigratableRange {
  /** Bytes from the start of the region's memory. */
  readonly offset: number;
  /** Length in bytes. */
  readonly length: number;
}

/**
 * How often a region has followed changes of its memory.
 *
 * @see {@link Ferry.adopt} for an example
 */
export interface RegionChanges {
  /** How often the memory has grown. */
  readonly grown: number;
  /** How often V8 has moved it to another address. */
  readonly moved: number;
}

/** The memory of a region when it is adopted or allocated. */
export interface RegionMemory {
  readonly bytes: number;
  readonly spans: readonly BufferSpan[];
  readonly origin: MemoryOrigin;
  /** Place of an adopted buffer that may change. Undefined for other regions. */
  readonly place: BufferPlace | undefined;
  readonly growth: Growth;
  readonly reference: Reference;
  /** Whether V8 may have to move it: see movable-memory.ts. */
  readonly movable: boolean;
}

/** The memory of a region. Not a property of it, because addresses must not reach the program. */
export let spansOf: (region: Region) => readonly BufferSpan[];

/**
 * A range of live memory that can be migrated: adopted from the program, or allocated by the ferry.
 *
 * An adopted WebAssembly.Memory, or growable SharedArrayBuffer, may grow. V8 may move an unshared WebAssembly.Memory to
 * another address when it grows. The region reads its place from V8 before each migration.
 */
export class Region<B extends AdoptableBuffer = AdoptableBuffer> implements AsyncDisposable {
  static {
    spansOf = (region) => region.#spans;
  }

  /** A number that is unique in the process. */
  readonly id: number;
  /** The name given to `adopt` or `allocate`, or `region-N`. */
  readonly name: string;
  /** Bytes of a folio. Folios at the head and tail of a span are smaller if its ends are not aligned. */
  readonly folioSize: number;
  /** @internal */
  readonly origin: MemoryOrigin;
  /** @internal Whether V8 may have to move its memory. */
  readonly movable: boolean;
  readonly #growth: Growth;
  /** Its buffers. Undefined if the region holds its only buffer weakly. */
  readonly #buffers: readonly B[] | undefined;
  readonly #weak: WeakRef<B> | undefined;
  #spans: readonly BufferSpan[];
  #bytes: number;
  #place: BufferPlace | undefined;
  #grown = 0;
  #watched = false;
  /** The iterations of `heat`. */
  readonly #watching = new Set<HeatIterator>();
  #moved = 0;
  /** The last operation on memory that may move. Such operations run one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #host: RegionHost;
  #released = false;
  #releasing: Promise<void> = Promise.resolve();

  /** @internal Use `ferry.adopt` or `ferry.allocate`. */
  constructor(
    host: RegionHost,
    id: number,
    name: string,
    order: number,
    buffers: readonly B[],
    memory: RegionMemory,
  ) {
    this.#host = host;
    this.id = id;
    this.name = name;
    this.folioSize = folioBytes(order);
    if (memory.reference === 'weak') {
      const [buffer] = buffers as readonly [B];
      this.#weak = new WeakRef(buffer);
    } else {
      this.#buffers = Object.freeze([...buffers]);
    }
    this.#bytes = memory.bytes;
    this.#spans = memory.spans;
    this.origin = memory.origin;
    this.movable = memory.movable;
    this.#growth = memory.growth;
    this.#place = memory.place;
  }

  /**
   * Bytes of its memory, including parts that cannot be migrated. It grows with the memory if the region follows
   * growth.
   */
  get bytes(): number {
    this.#followGrowth();
    return this.#bytes;
  }

  /** Its whole pages, which `migrate` moves. The bytes before and after them stay where they are. */
  get migratable(): readonly MigratableRange[] {
    this.#followGrowth();
    return Object.freeze(
      this.#spans.map(({ offset, pages }) => Object.freeze({ offset, length: pages * PAGE_SIZE })),
    );
  }

  /** The changes of its memory since it was adopted. */
  get changes(): RegionChanges {
    this.#followGrowth();
    return { grown: this.#grown, moved: this.#moved };
  }

  /**
   * Its memory. Offsets continue from one buffer to the next. Empty if the region holds it weakly, and the program has
   * dropped it.
   */
  get buffers(): readonly B[] {
    if (this.#buffers !== undefined) return this.#buffers;
    const buffer = this.#weak?.deref();
    return Object.freeze(buffer === undefined ? [] : [buffer]);
  }

  /** @internal From now on the region is released when its memory is freed. */
  releaseWhenFreed(): void {
    const buffer = this.#weak?.deref();
    if (buffer !== undefined) COLLECTED.register(buffer, new WeakRef(this), this);
  }

  /** @internal Whether it holds its memory weakly. */
  get weak(): boolean {
    return this.#weak !== undefined;
  }

  /** Its memory, if that is a single buffer. @throws {@link MigrationError} EINVAL if there are several. */
  get buffer(): B {
    const { buffers } = this;
    if (buffers.length !== 1) {
      const problem = this.weak ? 'the memory was freed' : `the region has ${buffers.length} buffers`;
      throw invalidArgument('region.buffer', 'region', problem, 'Use .buffers.');
    }
    return buffers[0]!;
  }

  /** Bytes that can be migrated. */
  get migratableBytes(): number {
    return this.migratable.reduce((sum, range) => sum + range.length, 0);
  }

  /** Whether {@link Region.release} was called, or the ferry was closed. */
  get released(): boolean {
    return this.#released;
  }

  /**
   * Moves its pages to another node while the program reads and writes them. A thread that touches a page in flight
   * waits until its batch is mapped.
   *
   * Migrations of one region run one after the other. A migration resolves even when folios failed: `foliosFailed` and
   * `failures` report which stayed where they were, and why. No data is lost.
   *
   * If V8 moves the memory during the migration, the migration starts again at the new address. The result is that of
   * the last try.
   *
   * @throws {@link MigrationError} EINVAL or ENODEV for a bad option, before anything moves. EOPNOTSUPP for
   * `write-protected`, `promote` and `split` of memory that V8 may have to move. ESTALE if native code has unmapped the
   * memory. ABORT_ERR (a {@link MigrationAbortedError} with the result so far) when `signal` aborts. EBUSY when another
   * userfaultfd has the memory. EIO when the ferry has failed.
   * @example
   * ```ts
   * const result = await region.migrate({
   *   to: 1,
   *   reason: 'demotion',
   *   copyMode: 'write-protected',
   *   signal: AbortSignal.timeout(10_000),
   *   onProgress: ({ bytesMoved, bytesTotal }) => console.log(`${bytesMoved} of ${bytesTotal} bytes`),
   * });
   * for (const { offset, length, code } of result.failures) console.warn(offset, length, code);
   * ```
   */
  async migrate(options: MigrateOptions): Promise<MigrateResult> {
    try {
      this.#checkUsable('migrate');
      this.follow('migrate');
      const planned = planMigration(options, this.id, this.#bytes, this.#host.nodeIds, this.#host);
      const { copyMode } = planned.plan;
      if (copyMode === 'write-protected' && !this.#host.capabilities.writeProtection) throw noWriteProtect();
      if (this.movable) refuseForMovable(planned.plan);
      return await this.#held(() => this.whileThere('migrate', () => this.#migrate(planned)));
    } catch (error) {
      throw errorOf('migrate', error);
    }
  }

  async #migrate({ plan, offset, length, signal, onProgress }: PlannedMigration): Promise<MigrateResult> {
    this.#placePlan(plan, offset, length);
    const record = this.#host.takeRecord();
    const { progress } = record;
    let over = false;
    const abort = () => {
      if (!over) Atomics.store(progress.abort, 0, 1);
    };
    const tell = progressTeller(onProgress, progress, (plan.to - plan.from) * PAGE_SIZE);
    let timer: NodeJS.Timeout | undefined;
    let forget = (): void => undefined;
    try {
      readSafely('migrate', 'options.signal', () => {
        if (signal?.aborted === true) abort();
        else forget = onAbort(signal, abort);
      });
      if (tell !== undefined) timer = setInterval(tell, PROGRESS_INTERVAL_MS);
      const { result, aborted } = await this.#host.migrate(record, plan);
      tell?.();
      if (aborted) throw new MigrationAbortedError(result, signal?.reason);
      return result;
    } finally {
      // The record can belong to another migration now.
      over = true;
      this.#host.freeRecord(record);
      clearInterval(timer);
      forget();
    }
  }

  /**
   * Moves each page to a node, as move_pages(2) does. With `nodes` null it only reports where pages are.
   *
   * Resolves to a status for each page. That is the id of its node, or a negative errno: -EFAULT (not migratable memory
   * of the region), -ENOENT (never touched), -EBUSY (pinned), -EACCES (shared with another process, without `moveAll`),
   * -ENOMEM (the node is full).
   *
   * @param offsets for each page, bytes from the start of the region's memory. At most 2^26 of them.
   * @param nodes for each page, the id of its target.
   * @throws {@link MigrationError} EINVAL or ENODEV for bad arguments, with the element's name.
   * @example
   * ```ts
   * const where = await region.movePages([0, 4096, 8192], null); // only reports
   * const status = await region.movePages([0, 4096, 8192], [1, 1, 1]);
   * console.log([...where], [...status]); // node ids, or negative errnos
   * ```
   */
  async movePages(
    offsets: ArrayLike<number>,
    nodes: ArrayLike<number> | null,
    options: MovePagesOptions = {},
  ): Promise<Int32Array> {
    try {
      this.#checkUsable('movePages');
      this.follow('movePages');
      const host = this.#host;
      const move = () => host.movePages(movePagesRequest(this, offsets, nodes, options, host));
      const status = await this.#held(() => this.whileThere('movePages', move));
      return status.map((s) => (s < 0 ? s : host.nodeIds[s]!));
    } catch (error) {
      throw errorOf('movePages', error);
    }
  }

  /**
   * Migratable bytes on each node, by the id of the node. Pages that were never touched are not counted. Nor are pages
   * with another errno as status (see {@link Region.movePages}).
   *
   * @throws {@link MigrationError} as {@link Region.movePages} does.
   * @example
   * ```ts
   * const bytes = (await region.locate()).get(1) ?? 0;
   * console.log(`${bytes} bytes on node 1`);
   * ```
   */
  async locate(): Promise<ReadonlyMap<number, number>> {
    try {
      return await this.#locate();
    } catch (error) {
      throw errorOf('locate', error);
    }
  }

  async #locate(): Promise<ReadonlyMap<number, number>> {
    const found = new Map<number, number>();
    for (const { offset, length } of this.migratable) {
      for (let from = 0; from < length; from += LOCATE_BYTES) {
        const bytes = Math.min(LOCATE_BYTES, length - from);
        const pages = Float64Array.from(
          { length: bytes / PAGE_SIZE },
          (_, i) => offset + from + i * PAGE_SIZE,
        );
        for (const node of await this.movePages(pages, null)) {
          if (node >= 0) found.set(node, (found.get(node) ?? 0) + PAGE_SIZE);
        }
      }
    }
    return found;
  }

  /**
   * Says how much a part of the memory is used.
   *
   * `hot` and `cold`: the program uses the part soon and often, or not for long. Nothing moves, and the kernel gets no advice. The
   * ferry keeps it for every page with a byte in the part, whether or not the region is watched, until the program says
   * something else of the page, or the region is released. `snapshot.advice` of `region.heat` has it. `warm` takes
   * both back.
   *
   * `dead`: its content is not needed any more. The memory goes back to the system at once, and the part reads as zeros. So
   * a WebAssembly.Memory, which never shrinks, can give memory back. Of these pages nothing else is said any more.
   *
   * Whole pages are dropped (MADV_DONTNEED). The bytes of pages that are only partly in the part are set to zero. Other threads
   * may use the memory at the same time: each of their writes is either dropped, or stays. The system provides memory again
   * when a page is used.
   *
   * A migration of the region continues. It counts the pages as absent.
   *
   * @param offset bytes from the start of the region's memory
   * @throws {@link MigrationError} EINVAL for a part that is not in the memory, and for `dead` locked memory. EOPNOTSUPP for
   * `dead` memory that V8 may have to move. ESTALE if native code has unmapped the memory. EBADF or EIO when the ferry is closed.
   * @example
   * ```ts
   * await region.advise(0, 2 ** 20, 'dead'); // the first MiB is free, and reads as zeros
   * await region.advise(2 ** 20, 2 ** 20, 'hot'); // the second is needed soon
   * ```
   */
  async advise(offset: number, length: number, advice: Advice): Promise<void> {
    try {
      this.#checkUsable('advise');
      if (this.movable && advice === 'dead') throw notForMovable('advise', 'is not given back');
      this.follow('advise');
      checkInteger('advise', 'offset', offset, 0, this.#bytes);
      checkInteger('advise', 'length', length, 0, this.#bytes - offset);
      if (advice !== 'dead') {
        if (typeof advice !== 'string' || !Object.hasOwn(KEPT, advice)) {
          throw invalidArgument(
            'advise',
            'advice',
            `must be 'hot', 'warm', 'cold' or 'dead', not ${describe(advice)}`,
          );
        }
        const { from, to } = this.#pagesIn(offset, length);
        if (from < to) await this.#host.advise(this.id, from, to, KEPT[advice]);
        return;
      }
      const end = offset + length;
      let zeroed = offset;
      let index = 0;
      const rests: (readonly [from: number, to: number])[] = [];
      const runs: (readonly [from: number, to: number])[] = [];
      for (const { offset: start, pages } of this.#spans) {
        const first = Math.max(0, Math.ceil((offset - start) / PAGE_SIZE));
        const last = Math.min(pages, Math.floor((end - start) / PAGE_SIZE));
        if (first < last) {
          rests.push([zeroed, start + first * PAGE_SIZE]);
          zeroed = start + last * PAGE_SIZE;
          runs.push([index + first, index + last]);
        }
        index += pages;
      }
      rests.push([zeroed, end]);
      await this.#held(async () => {
        for (const [from, to] of runs) await this.#host.discard(this.id, from, to);
        for (const [from, to] of rests) this.#zero(from, to);
      });
    } catch (error) {
      throw errorOf('advise', error);
    }
  }

  /**
   * Writes a part of the memory to the swap of the host, if it has any (MADV_PAGEOUT). The pages come back, with their content,
   * when they are used. Pages that are only partly in the part stay. So do pages that are pinned, or that another process
   * maps. On a host without swap nothing happens.
   *
   * @param offset bytes from the start of the region's memory
   * @throws {@link MigrationError} EINVAL for a part that is not in the memory, and for locked memory. EOPNOTSUPP for memory that
   * V8 may have to move. ESTALE if native code has unmapped the memory. EBADF or EIO when the ferry is closed.
   * @example
   * ```ts
   * await region.pageOut(0, 2 ** 20); // the first MiB is not used for long
   * ```
   */
  async pageOut(offset: number, length: number): Promise<void> {
    try {
      this.#checkUsable('pageOut');
      if (this.movable) throw notForMovable('pageOut', 'is not paged out');
      this.follow('pageOut');
      checkInteger('pageOut', 'offset', offset, 0, this.#bytes);
      checkInteger('pageOut', 'length', length, 0, this.#bytes - offset);
      let index = 0;
      for (const { offset: start, pages } of this.#spans) {
        const first = Math.max(0, Math.ceil((offset - start) / PAGE_SIZE));
        const last = Math.min(pages, Math.floor((offset + length - start) / PAGE_SIZE));
        if (first < last) {
          const from = index + first;
          await this.#held(() => this.#host.pageOut(this.id, from, from + last - first));
        }
        index += pages;
      }
    } catch (error) {
      throw errorOf('pageOut', error);
    }
  }

  /** Sets bytes of its memory to zero. @throws {@link MigrationError} ESTALE if they are not mapped, EACCES if read-only */
  #zero(from: number, to: number): void {
    let start = 0;
    for (const [index, each] of (this.buffers as readonly AdoptableBuffer[]).entries()) {
      const memory = 'buffer' in each ? each.buffer : each;
      const first = Math.max(from, start);
      const end = Math.min(to, start + memory.byteLength);
      if (first < end) {
        this.#populate(index, first, end);
        new Uint8Array(memory, first - start, end - first).fill(0);
      }
      start += memory.byteLength;
    }
  }

  /** A write to memory that native code has unmapped would end the process. */
  #populate(buffer: number, from: number, to: number): void {
    const span = this.#spans[buffer];
    if (span === undefined) return;
    const { address, offset } = span;
    const first = Math.floor((address + from - offset) / PAGE_SIZE) * PAGE_SIZE;
    const error = advise(first, address + to - offset - first, MADV_POPULATE_WRITE);
    if (error === 0) return;
    const details = { operation: 'advise', argument: 'region', advice: 'Release the region.' };
    const unmapped = error === -ERRNO.ENOMEM;
    throw new MigrationError(
      unmapped ? 'ESTALE' : 'EACCES',
      unmapped ? "the region's memory was unmapped" : "the region's memory cannot be written to",
      details,
    );
  }

  /**
   * Watches which parts of the memory the program uses, while it is iterated. Each result is what is known at that moment:
   * the {@link HeatSnapshot}, the working set, and the cost. The watch keeps within its budget of CPU time. The smaller that
   * is, or the larger the process, the later a change is seen. docs/heat.md compares the access sources.
   *
   * `referenced` stops no thread. `hint` unmaps units for a moment. A thread that uses one waits until it is back.
   *
   * The iteration ends when the region is released, the ferry is closed, or `signal` aborts, also within an interval.
   * Migrations of the region continue between two bursts.
   * @throws {@link MigrationError} EINVAL for a bad option. EOPNOTSUPP on a host without an event reader, and for memory that
   * V8 may have to move. EIO when the ferry has failed.
   * @example
   * ```ts
   * import { hottest } from 'pageferry';
   *
   * for await (const { snapshot } of region.heat()) {
   *   console.log(hottest(snapshot, 0.1)); // the hottest tenth, as numbers of units
   *   break; // ends the watch
   * }
   * ```
   */
  heat(options: HeatOptions = {}): AsyncIterableIterator<WatchedHeat> {
    return inCall('heat', () => {
      this.#checkUsable('heat');
      if (this.movable) throw notForMovable('heat', 'is not watched');
      const plan = planHeat(options);
      this.#watched ||= plan.source !== 'hint';
      return this.#heat(plan);
    });
  }

  #heat({ signal, keepAlive, ...plan }: ReturnType<typeof planHeat>): HeatIterator {
    const watch: RegionWatch = {
      isOver: () => this.#released,
      next: async (stop) => {
        this.follow('heat');
        const pages = this.#spans.reduce((sum, span) => sum + span.pages, 0);
        const request = () => this.#host.heat({ ...plan, region: this.id, pages, stop }, keepAlive);
        // This source changes nothing that matters to the next user of the addresses (referenced-marks.ts).
        return plan.source === 'referenced' ? request() : this.#held(request);
      },
      // A ferry that has failed releases its regions, too.
      problem: (error) => (this.#released && !hasFailed(error) ? undefined : errorOf('heat', error)),
    };
    return new HeatIterator(watch, signal, this.#watching);
  }

  /**
   * Makes the memory ordinary memory again. Its pages stay on their current nodes. A migration in progress stops
   * between batches and rejects with ECANCELED. Releasing twice does nothing.
   *
   * It resolves when the same memory can be adopted again. Otherwise it need not be awaited.
   */
  release(): Promise<void> {
    if (this.#released) return this.#releasing;
    this.#released = true;
    if (this.weak) COLLECTED.unregister(this);
    this.endWatches();
    this.#releasing = this.#host.releaseRegion(this);
    return this.#releasing;
  }

  /** As {@link Region.release}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /**
   * Reads the address and the length of the memory from V8, and follows changes. Each migration does the same, so
   * programs need not call it.
   *
   * @throws {@link MigrationError} ENOMEM, EBUSY or EINVAL, when the memory cannot be followed
   */
  refresh(): void {
    inCall('refresh', () => {
      this.#checkUsable('refresh');
      this.follow('refresh');
    });
  }

  /** @internal As `refresh`. */
  follow(operation: string): void {
    const known = this.#place;
    if (known === undefined || this.#released) return;
    const buffer = this.buffers[0];
    if (buffer === undefined) return;
    const now = placeOf(operation, buffer);
    const moved = now.start !== known.start;
    const grown = this.#growth === 'follow' && now.byteLength > this.#bytes;
    if (!moved && !grown) return;
    const byteLength = grown ? now.byteLength : this.#bytes;
    const old = this.#spans;
    if (moved) {
      // From here on the old address is not touched, even if a later step throws.
      this.#spans = [];
      this.#place = { start: 0, byteLength: 0 };
    }
    const next = this.#host.wholePages(operation, buffer, { start: now.start, byteLength });
    this.#host.replaceMemory(this, old, next, moved);
    this.#spans = [next];
    this.#place = now;
    this.#bytes = byteLength;
    if (moved) this.#moved++;
    if (grown) this.#grown++;
  }

  /** @internal Whether its memory exists, and is at the address that the ferry knows. */
  isThere(): boolean {
    const known = this.#place;
    const buffer = this.buffers[0];
    if (buffer === undefined) return false;
    return known === undefined || placeOf('release', buffer).start === known.start;
  }

  /**
   * @internal Runs an operation on the memory where it is, and again if V8 has moved the memory during it. Memory that
   * may move is watched from the moment at which its address was read. Its operations run one after the other.
   */
  async whileThere<T>(operation: string, run: () => Promise<T>): Promise<T> {
    if (!this.movable) return this.#again(operation, run);
    const before = this.#turn;
    const mine = (async () => {
      await before.catch(() => undefined);
      this.#checkUsable(operation);
      return this.#again(operation, async () => {
        // Without an await in between: only this thread can make V8 move the memory.
        this.follow(operation);
        const [span] = this.#spans;
        this.#host.watch(span!);
        try {
          return await run();
        } finally {
          // A released range is not watched any more, and may be another ferry's.
          if (!this.#released && this.isThere()) this.#host.unwatch(span!);
        }
      });
    })();
    this.#turn = mine;
    return mine;
  }

  /** Keeps the memory from being freed while an operation runs, because its pages may be in flight. */
  async #held<T>(run: () => Promise<T>): Promise<T> {
    const { buffers } = this;
    if (buffers.length === 0) throw releasedRegion('region');
    HELD.add(buffers);
    try {
      return await run();
    } finally {
      HELD.delete(buffers);
    }
  }

  async #again<T>(operation: string, run: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await run();
      } catch (error) {
        if (!(error instanceof MigrationError) || error.code !== 'ESTALE') throw error;
        // V8 reports the same address as before, so native code has unmapped the memory.
        if (this.#released || this.isThere()) throw error;
        this.follow(operation);
      }
    }
  }

  /** Follows the memory, as `follow` does. If it cannot be followed, the next migration reports the error. */
  #followGrowth(): void {
    try {
      this.follow('region');
    } catch {
      // The next migration reports it.
    }
  }

  /** @internal Whether a source in place may have watched it. */
  get watched(): boolean {
    return this.#watched;
  }

  /** @internal The ferry was closed, and has released the memory itself. */
  markReleased(): void {
    this.#released = true;
  }

  /** @internal Ends the iterations of `heat`. */
  endWatches(): void {
    for (const iterator of this.#watching) iterator.end();
  }

  /** @internal Index of the page that holds a byte, or -1 if it cannot be migrated. */
  pageIndexAt(offset: number): number {
    let index = 0;
    for (const span of this.#spans) {
      const page = Math.floor((offset - span.offset) / PAGE_SIZE);
      if (page >= 0 && page < span.pages) return index + page;
      index += span.pages;
    }
    return -1;
  }

  #checkUsable(operation: string): void {
    this.#host.checkOpen(operation);
    if (this.#released || this.buffers.length === 0) throw releasedRegion(operation);
  }

  /** Sets the plan's pages: from the first with a byte in the range to the last, where the memory is now. */
  #placePlan(plan: PlannedMigration['plan'], offset: number, length: number): void {
    const { from, to } = this.#pagesIn(offset, length);
    plan.from = from;
    plan.to = to;
  }

  /** The pages from the first with a byte in the range to the last, by index. Two times 0 if there are none. */
  #pagesIn(offset: number, length: number): { readonly from: number; readonly to: number } {
    const end = offset + length;
    let from = Number.POSITIVE_INFINITY;
    let to = 0;
    let index = 0;
    for (const span of this.#spans) {
      const first = Math.max(0, Math.floor((offset - span.offset) / PAGE_SIZE));
      const last = Math.min(span.pages, Math.ceil((end - span.offset) / PAGE_SIZE));
      if (first < last && length > 0) {
        from = Math.min(from, index + first);
        to = index + last;
      }
      index += span.pages;
    }
    return from < to ? { from, to } : { from: 0, to: 0 };
  }
}

/** Memory of operations in progress. A reference that only a suspended function has could be dropped by V8. */
const HELD = new Set<readonly AdoptableBuffer[]>();

/** Releases a region whose memory was freed. */
const COLLECTED = new FinalizationRegistry<WeakRef<Region>>((region) => {
  // A ferry that has failed or is closing releases its regions itself.
  region.deref()?.release();
});

function releasedRegion(operation: string): MigrationError {
  return new MigrationError('EINVAL', 'the region was released', { operation, argument: 'region' });
}

/** Whether the migration thread has ended: see ThreadClient. */
function hasFailed(error: unknown): boolean {
  return error instanceof MigrationError && (error.code === 'EIO' || error.code === 'EUCLEAN');
}

/** @throws {@link MigrationError} EOPNOTSUPP */
function refuseForMovable({ copyMode, hugePages }: MigratePlan): void {
  const writeProtected = copyMode === 'write-protected';
  if (!writeProtected && hugePages === 'keep') return;
  const argument = writeProtected ? 'options.copyMode' : 'options.hugePages';
  const value = writeProtected ? copyMode : hugePages;
  throw new MigrationError(
    'EOPNOTSUPP',
    `${argument}: '${value}' is not supported for a WebAssembly.Memory that V8 can move when it grows`,
    {
      operation: 'migrate',
      argument,
      advice: MOVABLE_ADVICE,
    },
  );
}

/** How much V8 has reserved cannot be seen exactly, so some memories count as movable that V8 never moves. */
const MOVABLE_ADVICE =
  'V8 did not reserve so much address space that it need not move it. It does so for shared memories, and without a ' +
  'limit of address space (ulimit -v) and without --disable-wasm-trap-handler for others with 32-bit addresses.';

function notForMovable(operation: string, what: string): MigrationError {
  return new MigrationError('EOPNOTSUPP', `memory that V8 can move when it grows ${what}`, {
    operation,
    argument: 'region',
    advice: MOVABLE_ADVICE,
  });
}

function noWriteProtect(): MigrationError {
  return new MigrationError(
    'EOPNOTSUPP',
    "options.copyMode: 'write-protected' is not supported on this host",
    {
      operation: 'migrate',
      argument: 'options.copyMode',
      advice:
        "The userfaultfd of its kernel does not write-protect (CONFIG_HAVE_ARCH_USERFAULTFD_WP). Use 'exclusive' with smaller batches.",
    },
  );
}

function readProgress({ cells }: ProgressWords, bytesTotal: number) {
  return { foliosMoved: cells[0]!, foliosFailed: cells[1]!, bytesMoved: cells[2]!, bytesTotal };
}

/** Calls the listener. If it throws, that becomes a process warning, once. The migration continues. */
function progressTeller(
  onProgress: MigrateOptions['onProgress'],
  words: ProgressWords,
  bytesTotal: number,
): (() => void) | undefined {
  if (onProgress === undefined) return undefined;
  let warned = false;
  const warn = (error: unknown): void => {
    if (!warned) process.emitWarning(`onProgress threw: ${describeThrown(error)}`, 'PageferryWarning');
    warned = true;
  };
  return () => callListener(() => onProgress(readProgress(words, bytesTotal)), warn);
}
