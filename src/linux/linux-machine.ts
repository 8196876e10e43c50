import type { Batch } from '../mm/batch.js';
import { NO_FRAME } from '../mm/batch.js';
import { ERRNO } from '../mm/errno.js';
import { FOLIO_ISOLATED, FOLIO_MOVED, FOLIO_UNMAPPED } from '../mm/folio-state.js';
import type { Machine } from '../mm/machine.js';
import { MigrationError } from '../mm/migration-error.js';
import type { MigrateMode } from '../mm/mode.js';
import { MAX_ORDER, PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../mm/page.js';
import { AddressSpace, type Span } from './address-space.js';
import { type CopyKind, type CopyRoutine, copyRoutine } from './copy.js';
import { Journal } from './journal.js';
import { type Address, libc } from './libc.js';
import { bindToNode, PlacementQuery } from './mempolicy.js';
import {
  advise,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_NOHUGEPAGE,
  MADV_POPULATE_WRITE,
  type Mapping,
  reserve,
} from './mman.js';
import { NodePool } from './node-pool.js';
import { PAGE_EXCLUSIVE, PAGE_OCCUPIED, PAGE_PRESENT, Pagemap } from './pagemap.js';
import { availableBytes, numaNodes } from './topology.js';
import { Userfaultfd, type UserfaultfdAccess } from './userfaultfd.js';

export interface LinuxNode {
  readonly numaNode: number;
  /** Base pages that the node may hold at most; Infinity: what the host has. */
  readonly capacityPages: number;
}

export interface LinuxMachineOptions {
  readonly nodes: readonly LinuxNode[];
  /** Base pages of the largest batch. */
  readonly windowPages: number;
  /** Base pages of stock that each pool may keep beyond a batch. */
  readonly watermarkPages: number;
  readonly copy: CopyKind;
  /** Where to keep the journal (of `Journal.bytes(windowPages)`); by default memory of the machine's own. */
  readonly journal?: SharedArrayBuffer;
}

export interface NodeUsage {
  readonly bytesStocked: number;
  readonly bytesFree: number;
}

/** Tries of a move that has to succeed, and the pause between them, before the next way is taken. */
const INSIST_TRIES = 2000;
const INSIST_PAUSE_US = 50;

/**
 * Real memory as a `Machine`: pages leave the program's range for holes in their node's pool, are copied pool
 * to pool, and come back from the target node's pool, all by UFFDIO_MOVE.
 *
 * Used by one thread, which must never touch program memory itself. While a page is out, that thread calls
 * nothing that could wait for another thread of the process.
 */
export class LinuxMachine implements Machine {
  readonly #uffd: Userfaultfd;
  readonly #pagemap: Pagemap;
  readonly #memory: Mapping;
  readonly #pools: readonly NodePool[];
  readonly #poolPages: number;
  readonly #watermarkPages: number;
  readonly #windowPages: number;
  readonly #copy: CopyRoutine;
  readonly #placement = new PlacementQuery();
  readonly #spaces = new Map<number, AddressSpace>();
  /** Several NUMA nodes: the kernel, not our book-keeping, knows where a page lies. */
  readonly #askKernel: boolean;
  readonly #journal: Journal;
  /** Folios that are unmapped right now. */
  #out = 0;
  #nextSpace = 1;
  /** The region that was asked for last: a batch asks for the same one for each of its folios. */
  #recentId = 0;
  #recentSpace: AddressSpace | undefined;

  constructor(options: LinuxMachineOptions) {
    this.#pagemap = new Pagemap();
    this.#uffd = Userfaultfd.open(this.#pagemap);
    this.#journal = new Journal(options.journal ?? new SharedArrayBuffer(Journal.bytes(options.windowPages)));
    this.#journal.descriptor = this.#uffd.descriptor;
    this.#copy = copyRoutine(options.copy);
    this.#windowPages = options.windowPages;
    this.#watermarkPages = options.watermarkPages;
    this.#askKernel = numaNodes().length > 1;
    // Twice what may be in a pool at once, so that holes stay together, and a little for odd ends.
    const chunks = Math.ceil((2 * (options.windowPages + options.watermarkPages)) / PMD_PAGES) + 8;
    this.#poolPages = chunks * PMD_PAGES;
    this.#memory = reserve(options.nodes.length * chunks * PMD_SIZE);
    advise(this.#memory.address, this.#memory.bytes, MADV_NOHUGEPAGE);
    // A child process that shared the pool copy-on-write would make its pages immovable.
    advise(this.#memory.address, this.#memory.bytes, MADV_DONTFORK);
    this.#pools = options.nodes.map((node, index) => {
      const address = this.#memory.address + index * chunks * PMD_SIZE;
      const bound = bindToNode(address, chunks * PMD_SIZE, node.numaNode);
      // Where all nodes share one NUMA node there is nothing to choose between.
      if (bound !== 0 && options.nodes.some(({ numaNode }) => numaNode !== node.numaNode)) {
        throw new MigrationError(-bound, `mbind to NUMA node ${node.numaNode} was refused`, {
          operation: 'openFerry',
          argument: 'options.nodes',
          advice: "Check this process's cpuset (Mems_allowed in /proc/self/status) and seccomp profile.",
        });
      }
      return new NodePool({
        numaNode: node.numaNode,
        capacityPages: node.capacityPages,
        address,
        firstFrame: index * this.#poolPages,
        chunks,
        uffd: this.#uffd,
        pagemap: this.#pagemap,
      });
    });
    const registered = this.#uffd.register(this.#memory.address, this.#memory.bytes);
    if (registered !== 0) {
      throw new MigrationError(-registered, 'the pools could not be registered with the userfaultfd', {
        operation: 'openFerry',
      });
    }
  }

  /** How the userfaultfd was obtained. */
  get access(): UserfaultfdAccess {
    return this.#uffd.access;
  }

  /** How often the kernel reported an error for pages that it had moved. */
  get hiddenMoves(): number {
    return this.#uffd.hiddenMoves;
  }

  // --- regions -------------------------------------------------------------------------------------------

  /** Takes pages of the program under management; `node` is where they are believed to lie. */
  attach(spans: readonly Span[], node: number): number {
    const space = new AddressSpace(spans, node);
    const id = this.#nextSpace++;
    this.#spaces.set(id, space);
    this.#countPages(space, 1);
    this.locate(id, 0, space.pages);
    return id;
  }

  /** Ends the management of a region. Its pages stay where they are. */
  detach(id: number): void {
    const space = this.#space(id);
    this.#countPages(space, -1);
    this.#spaces.delete(id);
    this.#recentId = 0;
  }

  space(id: number): AddressSpace {
    return this.#space(id);
  }

  /**
   * Before the first batch of a migration: from here on a thread that touches a page which is not there waits.
   * @throws MigrationError EBUSY, EINVAL, … when the range cannot be registered; nothing is then.
   */
  begin(id: number): void {
    const { spans } = this.#space(id);
    for (const [i, span] of spans.entries()) {
      const error = this.#uffd.register(span.address, span.pages * PAGE_SIZE);
      if (error === 0) continue;
      for (const done of spans.slice(0, i)) this.#uffd.unregister(done.address, done.pages * PAGE_SIZE);
      throw new MigrationError(-error, "the region's memory cannot be registered with the userfaultfd", {
        operation: 'migrate',
        advice:
          error === -ERRNO.EBUSY
            ? 'Another userfaultfd (another ferry?) has it.'
            : 'It must still be the private anonymous memory that was adopted.',
      });
    }
  }

  /** After the last batch: the region is ordinary memory again, and whoever waited in it goes on. */
  end(id: number): void {
    for (const span of this.#space(id).spans) this.#uffd.unregister(span.address, span.pages * PAGE_SIZE);
  }

  /** Between batches, when nothing is out: zeros for those who wait for a page that was never there. */
  resolveHoles(): void {
    this.#uffd.resolveHoles();
  }

  /** After each batch: pools back to their size, when a batch has grown them beyond it. */
  settle(): void {
    for (const pool of this.#pools) {
      if (pool.table.stockFrames > this.#watermarkPages + this.#windowPages) pool.trim(this.#watermarkPages);
    }
  }

  /** After a migration: pools keep their watermark and no more. */
  trim(): void {
    for (const pool of this.#pools) pool.trim(this.#watermarkPages);
  }

  /** Stocks a node with at least `pages` pages more. Returns how many it got. */
  stock(node: number, pages: number, huge: boolean): number {
    return this.#pools[node]!.stock(pages, huge);
  }

  usage(node: number): NodeUsage {
    const pool = this.#pools[node]!;
    const free = Number.isFinite(pool.capacityPages)
      ? pool.pagesFree * PAGE_SIZE
      : availableBytes(pool.numaNode);
    return { bytesStocked: pool.table.stockFrames * PAGE_SIZE, bytesFree: free };
  }

  /** On a host with several NUMA nodes: asks the kernel where pages lie and corrects what was believed. */
  locate(id: number, from: number, pages: number): void {
    if (!this.#askKernel) return;
    const space = this.#space(id);
    for (const span of space.spans) {
      const first = Math.max(from, span.index);
      const count = Math.min(from + pages, span.index + span.pages) - first;
      if (count <= 0) continue;
      const page = span.page + (first - span.index);
      this.#placement.range(page * PAGE_SIZE, count, (i, status) => {
        // Several nodes may lie on one NUMA node: the kernel knows only that.
        if (status < 0 || this.#pools[space.nodeAt(page + i)]!.numaNode === status) return;
        const node = this.#pools.findIndex((pool) => pool.numaNode === status);
        if (node >= 0) this.#relabel(space, page + i, node);
      });
    }
  }

  /**
   * PAGE_… bits of up to 512 consecutive pages, into `out`.
   */
  presence(page: number, pages: number, out: Uint8Array): void {
    this.#pagemap.read(page * PAGE_SIZE, pages, out);
  }

  /**
   * Ends the copy-on-write sharing of pages that a forked child left behind, by writing to them (without
   * changing them). Only outside of begin…end, where a page that is absent cannot make this thread wait.
   * Pages that another process still maps are skipped unless `shared`. Returns the pages mended.
   */
  mend(page: number, pages: number, shared: boolean): number {
    const bits = new Uint8Array(PMD_PAGES);
    let mended = 0;
    for (let done = 0; done < pages; done += PMD_PAGES) {
      const count = Math.min(PMD_PAGES, pages - done);
      this.presence(page + done, count, bits);
      for (let i = 0; i < count; i++) {
        if ((bits[i]! & PAGE_PRESENT) === 0) continue;
        if (!shared && (bits[i]! & PAGE_EXCLUSIVE) === 0) continue;
        if (advise((page + done + i) * PAGE_SIZE, PAGE_SIZE, MADV_POPULATE_WRITE) === 0) mended++;
      }
    }
    return mended;
  }

  /** Gives everything back. No region may be attached and no page out. */
  close(): void {
    if (this.#spaces.size > 0) throw new Error('regions are still attached');
    this.#uffd.unregister(this.#memory.address, this.#memory.bytes);
    for (const pool of this.#pools) pool.close();
    this.#memory.unmap();
    this.#uffd.close();
    this.#pagemap.close();
  }

  // --- the Machine port ----------------------------------------------------------------------------------

  now(): number {
    return performance.now() * 1e6;
  }

  isolate(batch: Batch, index: number): number {
    const isolated = this.#space(batch.space).isolate(batch.page[index]!, 1 << batch.order[index]!);
    return isolated ? 0 : -ERRNO.EBUSY;
  }

  putback(batch: Batch, index: number): void {
    this.#space(batch.space).putback(batch.page[index]!, 1 << batch.order[index]!);
  }

  takeDestination(batch: Batch, index: number, node: number): number {
    const pool = this.#pools[node]!;
    const frame = pool.take(batch.order[index]!);
    batch.dst[index] = frame;
    if (frame === NO_FRAME) return -ERRNO.ENOMEM;
    pool.promisedPages += 1 << batch.order[index]!;
    return 0;
  }

  dropDestination(batch: Batch, index: number): void {
    const frame = batch.dst[index]!;
    const pages = 1 << batch.order[index]!;
    const pool = this.#poolOf(frame);
    pool.table.putStock(frame, pages);
    pool.promisedPages -= pages;
    batch.dst[index] = NO_FRAME;
  }

  supportsBatchCopy(): boolean {
    return true;
  }

  copyFrames(dst: number, src: number, pages: number): number {
    return this.#copy(this.#frameAddress(dst), this.#frameAddress(src), pages * PAGE_SIZE);
  }

  flush(): void {
    // Each UFFDIO_MOVE has flushed the translations of the pages that it took out before it returned.
  }

  pause(mode: MigrateMode, pass: number): void {
    if (mode === 'sync_light') libc().sched_yield();
    if (mode === 'sync') libc().usleep(Math.min(50 * pass, 500));
  }

  unmap(batch: Batch): void {
    const { length, page, order, state, src, errno } = batch;
    const space = this.#space(batch.space);
    let first = 0;
    while (first < length) {
      if (state[first] !== FOLIO_ISOLATED) {
        first++;
        continue;
      }
      const node = space.nodeAt(page[first]!);
      const pool = this.#pools[node]!;
      const frame = pool.takeHole(order[first]!);
      if (frame === NO_FRAME) {
        errno[first] = ERRNO.EAGAIN;
        first++;
        continue;
      }
      src[first] = frame;
      let pages = 1 << order[first]!;
      let end = first + 1;
      while (
        end < length &&
        state[end] === FOLIO_ISOLATED &&
        page[end] === page[first]! + pages &&
        space.nodeAt(page[end]!) === node &&
        pool.table.takeHoleAt(frame + pages, order[end]!)
      ) {
        src[end] = frame + pages;
        if (order[end] === MAX_ORDER) pool.readyForHuge(frame + pages);
        pages += 1 << order[end]!;
        end++;
      }
      this.#journal.leaving(page[first]! * PAGE_SIZE, this.#frameAddress(frame), pages);
      const out = this.#out;
      this.#unmapRun(batch, first, end, pool);
      if (this.#out - out < end - first) this.#correctJournal(batch, first, end);
      first = end;
    }
    if (this.#out === 0) this.#journal.clear();
  }

  map(batch: Batch): void {
    const { length, page, order, state, dst, ready } = batch;
    let first = 0;
    while (first < length) {
      if (state[first] !== FOLIO_UNMAPPED || ready[first] === 0) {
        first++;
        continue;
      }
      let pages = 1 << order[first]!;
      let end = first + 1;
      while (
        end < length &&
        state[end] === FOLIO_UNMAPPED &&
        ready[end] === 1 &&
        page[end] === page[first]! + pages &&
        dst[end] === dst[first]! + pages
      ) {
        pages += 1 << order[end]!;
        end++;
      }
      this.#mapRun(batch, first, end);
      first = end;
    }
  }

  restore(batch: Batch): void {
    const { length, page, order, state, src } = batch;
    let first = 0;
    while (first < length) {
      if (state[first] !== FOLIO_UNMAPPED) {
        first++;
        continue;
      }
      let pages = 1 << order[first]!;
      let end = first + 1;
      while (
        end < length &&
        state[end] === FOLIO_UNMAPPED &&
        page[end] === page[first]! + pages &&
        src[end] === src[first]! + pages
      ) {
        pages += 1 << order[end]!;
        end++;
      }
      this.#clearTables(batch, first, end, src);
      this.#bringBack(page[first]!, src[first]!, pages);
      this.#back(end - first);
      for (let i = first; i < end; i++) {
        this.#poolOf(src[i]!).table.putHole(src[i]!, 1 << order[i]!);
        src[i] = NO_FRAME;
        state[i] = FOLIO_ISOLATED;
      }
      first = end;
    }
  }

  // --- runs ----------------------------------------------------------------------------------------------

  /** Moves a run of folios that are neighbours on both sides out of the program's range. */
  #unmapRun(batch: Batch, from: number, to: number, pool: NodePool): void {
    const { page, order, state, src, errno } = batch;
    let first = from;
    let end = to;
    while (first < to) {
      const pages = src[end - 1]! + (1 << order[end - 1]!) - src[first]!;
      const bytes = this.#uffd.move(
        this.#frameAddress(src[first]!),
        page[first]! * PAGE_SIZE,
        pages * PAGE_SIZE,
        true,
      );
      const failure = this.#uffd.errno;
      if (bytes === 0 && failure === ERRNO.EINVAL && end - first > 1) {
        // The run may lie across two mappings of the program, which one call cannot move: halve it.
        end = first + Math.ceil((end - first) / 2);
        continue;
      }
      let moved = bytes / PAGE_SIZE;
      let i = first;
      while (i < end && moved >= 1 << order[i]!) {
        moved -= 1 << order[i]!;
        state[i] = FOLIO_UNMAPPED;
        errno[i] = 0;
        this.#out++;
        i++;
      }
      if (src[first]! % PMD_PAGES === 0 && order[first] === MAX_ORDER) this.#noteHuge(batch, first, i, pool);
      if (i < end) {
        if (moved > 0) this.#bringBack(page[i]!, src[i]!, moved);
        errno[i] = this.#whyNot(failure, page[i]! + moved);
        pool.table.putHole(src[i]!, 1 << order[i]!);
        src[i] = NO_FRAME;
        i++;
      }
      first = i;
      end = to;
    }
  }

  /**
   * Not all of the run that was announced last has left: the journal names what did, and no frame that may be
   * used again before the batch is over.
   */
  #correctJournal(batch: Batch, from: number, to: number): void {
    const { page, order, state, src } = batch;
    const runs: (readonly [Address, Address, number])[] = [];
    for (let first = from; first < to; first++) {
      if (state[first] !== FOLIO_UNMAPPED) continue;
      let pages = 1 << order[first]!;
      let end = first + 1;
      while (end < to && state[end] === FOLIO_UNMAPPED) pages += 1 << order[end++]!;
      runs.push([page[first]! * PAGE_SIZE, this.#frameAddress(src[first]!), pages]);
      first = end;
    }
    this.#journal.replaceLast(runs);
  }

  /** What a failed move means for the folio. Busy pages and lost races are worth another pass. */
  #whyNot(errno: number, page: number): number {
    switch (errno) {
      case ERRNO.EBUSY:
      case ERRNO.EEXIST:
      case ERRNO.ENOMEM:
        return ERRNO.EAGAIN;
      case ERRNO.EFAULT: {
        // Neither a page nor a swapped page: a poisoned one, as far as the page tables say.
        const bits = new Uint8Array(1);
        this.presence(page, 1, bits);
        return (bits[0]! & PAGE_OCCUPIED) !== 0 && (bits[0]! & PAGE_PRESENT) === 0
          ? ERRNO.EHWPOISON
          : ERRNO.EFAULT;
      }
      default:
        return errno;
    }
  }

  /** Which of the chunks that a run of folios landed in are one 2 MiB mapping. */
  #noteHuge(batch: Batch, first: number, end: number, pool: NodePool): void {
    const { order, src } = batch;
    let chunks = 0;
    while (first + chunks < end && order[first + chunks] === MAX_ORDER) {
      pool.table.setHuge(src[first + chunks]!, false);
      chunks++;
    }
    const base = this.#frameAddress(src[first]!);
    this.#pagemap.hugeRanges(base, chunks * PMD_SIZE, (address, bytes) => {
      for (let offset = 0; offset < bytes; offset += PMD_SIZE) {
        pool.table.setHuge(src[first]! + (address + offset - base) / PAGE_SIZE, true);
      }
    });
  }

  /** Moves a run of copied folios into the program's range. */
  #mapRun(batch: Batch, from: number, to: number): void {
    const { page, order, dst, errno } = batch;
    const space = this.#space(batch.space);
    this.#clearTables(batch, from, to, dst);
    const node = Math.floor(dst[from]! / this.#poolPages);
    let first = from;
    let end = to;
    while (first < to) {
      const pages = dst[end - 1]! + (1 << order[end - 1]!) - dst[first]!;
      let moved = this.#insist(page[first]! * PAGE_SIZE, this.#frameAddress(dst[first]!), pages * PAGE_SIZE);
      const failure = this.#uffd.errno;
      if (moved === 0 && failure === ERRNO.EINVAL && end - first > 1) {
        // As on the way out: one call cannot move across two mappings of the program.
        end = first + Math.ceil((end - first) / 2);
        continue;
      }
      moved /= PAGE_SIZE;
      let i = first;
      while (i < end && moved >= 1 << order[i]!) {
        moved -= 1 << order[i]!;
        i++;
      }
      this.#settleMapped(batch, first, i, space, node);
      if (i < end) {
        if (moved > 0) this.#endHalfMapped(batch, i, moved, space, node);
        else errno[i] = failure === ERRNO.EBUSY || failure === ERRNO.ENOMEM ? ERRNO.EAGAIN : failure;
        i++;
      }
      first = i;
      end = to;
    }
  }

  #copyBack(page: Address, frame: Address): number {
    for (let tries = 0; ; tries++) {
      const error = this.#uffd.copyPage(page, frame);
      const passing = error === -ERRNO.EAGAIN || error === -ERRNO.ENOMEM;
      if (!passing || tries === INSIST_TRIES) return error;
      libc().usleep(INSIST_PAUSE_US);
    }
  }

  /** The books of folios that have arrived: what they landed in is stock of their old node now. */
  #settleMapped(batch: Batch, from: number, to: number, space: AddressSpace, node: number): void {
    if (from === to) return;
    this.#back(to - from);
    const { page, order, state, src, dst, errno } = batch;
    let pages = 0;
    for (let first = from; first < to; ) {
      let run = 1 << order[first]!;
      let end = first + 1;
      while (end < to && src[end] === src[first]! + run) {
        run += 1 << order[end]!;
        end++;
      }
      const source = this.#poolOf(src[first]!);
      source.table.putStock(src[first]!, run);
      source.programPages -= run;
      if (this.#askKernel) this.#dropStrays(source, src[first]!, run);
      pages += run;
      first = end;
    }
    const target = this.#pools[node]!;
    target.table.putHole(dst[from]!, pages);
    target.promisedPages -= pages;
    target.programPages += pages;
    space.arrive(page[from]!, pages, node);
    src.fill(NO_FRAME, from, to);
    dst.fill(NO_FRAME, from, to);
    state.fill(FOLIO_MOVED, from, to);
    errno.fill(0, from, to);
  }

  /**
   * The first pages of a folio are mapped on the target and the program may have written to them, so they
   * stay; the others come back from the source. Every page is in one place, with its content; the folio has
   * failed.
   */
  #endHalfMapped(batch: Batch, index: number, mapped: number, space: AddressSpace, node: number): void {
    const { page, order, state, src, dst, errno } = batch;
    const pages = 1 << order[index]!;
    this.#bringBack(page[index]! + mapped, src[index]! + mapped, pages - mapped);
    this.#back(1);
    this.#pools[space.nodeAt(page[index]!)]!.programPages -= mapped;
    this.#pools[node]!.programPages += mapped;
    space.arrive(page[index]!, mapped, node);
    const source = this.#poolOf(src[index]!);
    const target = this.#poolOf(dst[index]!);
    source.table.putStock(src[index]!, mapped);
    source.table.putHole(src[index]! + mapped, pages - mapped);
    target.table.putHole(dst[index]!, mapped);
    target.table.putStock(dst[index]! + mapped, pages - mapped);
    target.promisedPages -= pages;
    if (this.#askKernel) this.#dropStrays(source, src[index]!, mapped);
    src[index] = NO_FRAME;
    dst[index] = NO_FRAME;
    state[index] = FOLIO_ISOLATED;
    errno[index] = ERRNO.EBUSY;
  }

  /**
   * A 2 MiB page is mapped as one only where no page table is left, and the emptied range of the program
   * has one if it held small pages. All of the folio is out, so nothing can be dropped but that table.
   * Where a 2 MiB page has left there is none.
   */
  #clearTables(batch: Batch, first: number, end: number, frames: Uint32Array): void {
    for (let i = first; i < end; i++) {
      if (batch.order[i] !== MAX_ORDER || !this.#poolOf(frames[i]!).table.isHuge(frames[i]!)) continue;
      if (this.#poolOf(batch.src[i]!).table.isHuge(batch.src[i]!)) continue;
      advise(batch.page[i]! * PAGE_SIZE, PMD_SIZE, MADV_DONTNEED);
    }
  }

  /** A move that is not refused for good: what can pass is waited for. Returns the bytes moved. */
  #insist(dst: Address, src: Address, bytes: number): number {
    let done = 0;
    for (let tries = 0; ; tries++) {
      done += this.#uffd.move(dst + done, src + done, bytes - done, false);
      const { errno } = this.#uffd;
      if (done === bytes) return done;
      const passing = errno === ERRNO.EAGAIN || errno === ERRNO.EBUSY || errno === ERRNO.ENOMEM;
      if (!passing || tries === INSIST_TRIES) return done;
      if (tries > 3) libc().usleep(INSIST_PAUSE_US);
    }
  }

  /**
   * Brings content from frames of a pool back to its address in the program. If the pages themselves cannot
   * go back, their content is copied into new ones there.
   */
  #bringBack(page: number, frame: number, pages: number): void {
    const address = page * PAGE_SIZE;
    let moved = this.#insist(address, this.#frameAddress(frame), pages * PAGE_SIZE) / PAGE_SIZE;
    // Across two mappings of the program: page by page.
    const acrossMappings = this.#uffd.errno === ERRNO.EINVAL;
    while (acrossMappings && moved < pages) {
      const to = address + moved * PAGE_SIZE;
      if (this.#insist(to, this.#frameAddress(frame + moved), PAGE_SIZE) === 0) break;
      moved++;
    }
    const bits = new Uint8Array(1);
    for (let k = moved; k < pages; k++) {
      // A frame without a page must not be touched: this thread would wait for itself.
      this.presence(this.#frameAddress(frame + k) / PAGE_SIZE, 1, bits);
      if ((bits[0]! & PAGE_OCCUPIED) === 0) continue;
      const error = this.#copyBack(address + k * PAGE_SIZE, this.#frameAddress(frame + k));
      // ENOENT: the program has unmapped its memory meanwhile, so nobody misses the page. Else the frame, and
      // the journal that names it, keep the only copy there is.
      if (error === 0 || error === -ERRNO.ENOENT || error === -ERRNO.EEXIST) {
        advise(this.#frameAddress(frame + k), PAGE_SIZE, MADV_DONTNEED);
      } else {
        throw new MigrationError(-error, 'a page could not be brought back to its address', {
          operation: 'migrate',
          advice: 'This should not happen; please report it.',
        });
      }
    }
  }

  /**
   * The kernel may have moved a page between the question where it lies and its unmapping. In the pool of the
   * wrong node it would pass for a page of that node for ever, so what is not on the node is given back.
   */
  #dropStrays(pool: NodePool, frame: number, pages: number): void {
    let strays = false;
    this.#placement.range(this.#frameAddress(frame), pages, (_, status) => {
      if (status >= 0 && status !== pool.numaNode) strays = true;
    });
    if (strays) pool.dropStock(frame, pages);
  }

  /** So many folios are mapped again. */
  #back(folios: number): void {
    this.#out -= folios;
    if (this.#out === 0) this.#journal.clear();
  }

  // --- book-keeping --------------------------------------------------------------------------------------

  #space(id: number): AddressSpace {
    if (id === this.#recentId) return this.#recentSpace!;
    const space = this.#spaces.get(id);
    if (space === undefined) throw new RangeError(`no region ${id}`);
    this.#recentId = id;
    this.#recentSpace = space;
    return space;
  }

  #poolOf(frame: number): NodePool {
    return this.#pools[Math.floor(frame / this.#poolPages)]!;
  }

  #frameAddress(frame: number): Address {
    return this.#memory.address + frame * PAGE_SIZE;
  }

  #relabel(space: AddressSpace, page: number, node: number): void {
    this.#pools[space.nodeAt(page)]!.programPages--;
    this.#pools[node]!.programPages++;
    space.setNode(page, node);
  }

  #countPages(space: AddressSpace, sign: number): void {
    const counts = space.pagesByNode(this.#pools.length);
    for (const [i, pool] of this.#pools.entries()) pool.programPages += sign * counts[i]!;
  }
}
