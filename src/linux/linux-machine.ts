import type { Batch } from '../mm/batch.js';
import { NO_FRAME } from '../mm/batch.js';
import { ERRNO } from '../mm/errno.js';
import type { Machine } from '../mm/machine.js';
import { MigrationError } from '../mm/migration-error.js';
import type { MigrateMode } from '../mm/mode.js';
import { PAGE_SIZE, PMD_PAGES } from '../mm/page.js';
import { AddressSpace, type Span } from './address-space.js';
import { type CopyKind, type CopyRoutine, copyRoutine } from './copy.js';
import { FolioMoves } from './folio-moves.js';
import { Journal } from './journal.js';
import { libc } from './libc.js';
import { PlacementQuery } from './mempolicy.js';
import { advise, MADV_POPULATE_WRITE } from './mman.js';
import { type LinuxNode, NodePools } from './node-pools.js';
import { PAGE_EXCLUSIVE, PAGE_PRESENT, Pagemap } from './pagemap.js';
import { availableBytes, numaNodes } from './topology.js';
import { Userfaultfd, type UserfaultfdAccess } from './userfaultfd.js';

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
  readonly #pools: NodePools;
  readonly #moves: FolioMoves;
  readonly #watermarkPages: number;
  readonly #windowPages: number;
  readonly #copy: CopyRoutine;
  /** On a host with several NUMA nodes the kernel, not our book-keeping, knows where a page lies. */
  readonly #placement: PlacementQuery | undefined;
  readonly #spaces = new Map<number, AddressSpace>();
  #nextSpace = 1;
  /** The region that was asked for last: a batch asks for the same one for each of its folios. */
  #recentId = 0;
  #recentSpace: AddressSpace | undefined;

  constructor(options: LinuxMachineOptions) {
    this.#pagemap = new Pagemap();
    this.#uffd = Userfaultfd.open(this.#pagemap);
    this.#windowPages = options.windowPages;
    this.#watermarkPages = options.watermarkPages;
    this.#copy = copyRoutine(options.copy);
    this.#placement = numaNodes().length > 1 ? new PlacementQuery() : undefined;
    const pages = options.windowPages + options.watermarkPages;
    try {
      this.#pools = new NodePools(options.nodes, pages, this.#uffd, this.#pagemap);
    } catch (error) {
      this.#uffd.close();
      this.#pagemap.close();
      throw error;
    }
    const journal = new Journal(options.journal ?? new SharedArrayBuffer(Journal.bytes(options.windowPages)));
    journal.descriptor = this.#uffd.descriptor;
    this.#moves = new FolioMoves({
      uffd: this.#uffd,
      pagemap: this.#pagemap,
      pools: this.#pools,
      journal,
      placement: this.#placement,
    });
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
    for (const pool of this.#pools.all) {
      if (pool.table.stockFrames > this.#watermarkPages + this.#windowPages) pool.trim(this.#watermarkPages);
    }
  }

  /** After a migration: pools keep their watermark and no more. */
  trim(): void {
    for (const pool of this.#pools.all) pool.trim(this.#watermarkPages);
  }

  /** Stocks a node with at least `pages` pages more. Returns how many it got. */
  stock(node: number, pages: number, huge: boolean): number {
    return this.#pools.all[node]!.stock(pages, huge);
  }

  usage(node: number): NodeUsage {
    const pool = this.#pools.all[node]!;
    const free = Number.isFinite(pool.capacityPages)
      ? pool.pagesFree * PAGE_SIZE
      : availableBytes(pool.numaNode);
    return { bytesStocked: pool.table.stockFrames * PAGE_SIZE, bytesFree: free };
  }

  /** On a host with several NUMA nodes: asks the kernel where pages lie and corrects what was believed. */
  locate(id: number, from: number, pages: number): void {
    const placement = this.#placement;
    if (placement === undefined) return;
    const space = this.#space(id);
    for (const span of space.spans) {
      const first = Math.max(from, span.index);
      const count = Math.min(from + pages, span.index + span.pages) - first;
      if (count <= 0) continue;
      const page = span.page + (first - span.index);
      placement.range(page * PAGE_SIZE, count, (i, status) => {
        // Several nodes may lie on one NUMA node: the kernel knows only that.
        if (status < 0 || this.#pools.all[space.nodeAt(page + i)]!.numaNode === status) return;
        const node = this.#pools.all.findIndex((pool) => pool.numaNode === status);
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
    this.#pools.close();
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
    const pool = this.#pools.all[node]!;
    const frame = pool.take(batch.order[index]!);
    batch.dst[index] = frame;
    if (frame === NO_FRAME) return -ERRNO.ENOMEM;
    pool.promisedPages += 1 << batch.order[index]!;
    return 0;
  }

  dropDestination(batch: Batch, index: number): void {
    const frame = batch.dst[index]!;
    const pages = 1 << batch.order[index]!;
    const pool = this.#pools.of(frame);
    pool.table.putStock(frame, pages);
    pool.promisedPages -= pages;
    batch.dst[index] = NO_FRAME;
  }

  supportsBatchCopy(): boolean {
    return true;
  }

  copyFrames(dst: number, src: number, pages: number): number {
    return this.#copy(this.#pools.addressOf(dst), this.#pools.addressOf(src), pages * PAGE_SIZE);
  }

  flush(): void {
    // Each UFFDIO_MOVE has flushed the translations of the pages that it took out before it returned.
  }

  unmap(batch: Batch): void {
    this.#moves.unmap(batch, this.#space(batch.space));
  }

  map(batch: Batch): void {
    this.#moves.map(batch, this.#space(batch.space));
  }

  restore(batch: Batch): void {
    this.#moves.restore(batch);
  }

  pause(mode: MigrateMode, pass: number): void {
    if (mode === 'sync_light') libc().sched_yield();
    if (mode === 'sync') libc().usleep(Math.min(50 * pass, 500));
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

  #relabel(space: AddressSpace, page: number, node: number): void {
    this.#pools.all[space.nodeAt(page)]!.programPages--;
    this.#pools.all[node]!.programPages++;
    space.setNode(page, node);
  }

  #countPages(space: AddressSpace, sign: number): void {
    const counts = space.pagesByNode(this.#pools.all.length);
    for (const [i, pool] of this.#pools.all.entries()) pool.programPages += sign * counts[i]!;
  }
}
