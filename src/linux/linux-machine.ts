import type { Batch } from '../mm/batch.js';
import { ERRNO } from '../mm/errno.js';
import type { Machine } from '../mm/machine.js';
import type { Violation } from '../mm/machine-books.js';
import type { MigrateMode } from '../mm/mode.js';
import { PAGE_SIZE } from '../mm/page.js';
import type { AddressSpace, Span } from './address-space.js';
import { type CopyKind, type CopyRoutine, copyRoutine } from './copy.js';
import { endSharing } from './end-sharing.js';
import { FolioDestinations } from './folio-destinations.js';
import { FolioGuard } from './folio-guard.js';
import { FolioMap } from './folio-map.js';
import type { FolioMoves } from './folio-moves.js';
import { FolioUnmap } from './folio-unmap.js';
import { HugeMappings } from './huge-mappings.js';
import { Journal } from './journal.js';
import { rescue } from './journal-rescue.js';
import { type Address, libc } from './libc.js';
import { MachineAudit } from './machine-audit.js';
import { PlacementQuery } from './mempolicy.js';
import { type LinuxNode, NodePools } from './node-pools.js';
import { PageReturn } from './page-return.js';
import { Pagemap } from './pagemap.js';
import { PagesOut } from './pages-out.js';
import { PinSuspects } from './pin-suspects.js';
import { Quarantine } from './quarantine.js';
import { Regions } from './regions.js';
import { Registration } from './registration.js';
import { availableBytes, numaNodes } from './topology.js';
import { Userfaultfd, type UserfaultfdAccess } from './userfaultfd.js';

export interface LinuxMachineOptions {
  readonly nodes: readonly LinuxNode[];
  /** Base pages of the largest batch. */
  readonly windowPages: number;
  /** Batches that may be out at once: 1 (default) to 4. */
  readonly depth?: number;
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
  readonly #destinations: FolioDestinations;
  readonly #unmap: FolioUnmap;
  readonly #map: FolioMap;
  readonly #guard: FolioGuard;
  readonly #quarantine: Quarantine;
  readonly #watermarkPages: number;
  /** Base pages that may be out at once. */
  readonly #windowPages: number;
  readonly #copy: CopyRoutine;
  readonly #regions: Regions;
  readonly #registration: Registration;
  readonly #journal: Journal;
  readonly #out: PagesOut;
  readonly #audit: MachineAudit;
  readonly #huge: HugeMappings;
  readonly #suspects: PinSuspects;

  constructor(options: LinuxMachineOptions) {
    this.#pagemap = new Pagemap();
    this.#uffd = Userfaultfd.open(this.#pagemap);
    this.#windowPages = options.windowPages * (options.depth ?? 1);
    this.#watermarkPages = options.watermarkPages;
    this.#copy = copyRoutine(options.copy);
    // On a host with several NUMA nodes the kernel, not our book-keeping, knows where a page lies.
    const placement = numaNodes().length > 1 ? new PlacementQuery() : undefined;
    const pages = this.#windowPages + options.watermarkPages;
    try {
      this.#pools = new NodePools(options.nodes, pages, this.#uffd, this.#pagemap);
    } catch (error) {
      this.#uffd.close();
      this.#pagemap.close();
      throw error;
    }
    const journal = new Journal(options.journal ?? new SharedArrayBuffer(Journal.bytes(options.windowPages)));
    journal.open(this.#uffd.descriptor, this.#pools.memory);
    this.#journal = journal;
    this.#registration = new Registration(this.#uffd, journal);
    this.#regions = new Regions(this.#pools, placement);
    this.#quarantine = new Quarantine(this.#pools);
    this.#out = new PagesOut(journal);
    const moves: FolioMoves = {
      uffd: this.#uffd,
      pagemap: this.#pagemap,
      pools: this.#pools,
      out: this.#out,
      quarantine: this.#quarantine,
      pageReturn: new PageReturn(this.#uffd, this.#pagemap),
      placement,
    };
    this.#audit = new MachineAudit({ ...moves, regions: this.#regions, journal });
    this.#destinations = new FolioDestinations(moves);
    this.#unmap = new FolioUnmap(moves);
    this.#map = new FolioMap(moves);
    this.#guard = new FolioGuard(moves);
    this.#huge = new HugeMappings(this.#pagemap);
    this.#suspects = new PinSuspects();
  }

  /** How the userfaultfd was obtained. */
  get access(): UserfaultfdAccess {
    return this.#uffd.access;
  }

  /** Whether batches can be write-protected: `guard` and what belongs to it. */
  get canGuard(): boolean {
    return this.#uffd.canWriteProtect;
  }

  get devicesAtRest(): boolean {
    return this.#quarantine.empty;
  }

  get pagesOut(): boolean {
    return this.#out.allFolios > 0;
  }

  /** How often the kernel reported an error for pages that it had moved. */
  get hiddenMoves(): number {
    return this.#uffd.hiddenMoves;
  }

  // --- regions -------------------------------------------------------------------------------------------

  attach(spans: readonly Span[], node: number): number {
    return this.#regions.attach(spans, node);
  }

  detach(id: number): void {
    this.#regions.detach(id);
  }

  space(id: number): AddressSpace {
    return this.#regions.space(id);
  }

  /**
   * Before the first batch of a migration: from here on a thread that touches a page which is not there waits. For a
   * read-through migration it does so where batches have been swapped, and not before: who copies from the program's
   * own pages must not wait for one that the program has dropped meanwhile.
   * @throws MigrationError EBUSY, EINVAL, … when the range cannot be registered; nothing is then.
   */
  begin(id: number, readThrough = false): void {
    this.#registration.begin(this.#regions.space(id).spans, readThrough ? 'protected' : 'missing');
  }

  mayPin(): boolean {
    return this.#suspects.mayPin();
  }

  isHuge(page: number): boolean {
    return this.#huge.isHuge(page);
  }

  hugeBytes(id: number, from: number, to: number): number {
    return this.#huge.bytes(this.#regions.space(id), from, to);
  }

  prepareHuge(id: number, from: number, to: number): void {
    this.#huge.prepare(this.#regions.space(id), from, to);
  }

  splitHuge(id: number, from: number, to: number): void {
    this.#huge.split(this.#regions.space(id), from, to);
  }

  collapse(id: number, from: number, to: number, node: number): void {
    this.#huge.collapse(this.#regions.space(id), from, to, node);
  }

  /** After the last batch: the region is ordinary memory again, and whoever waited in it goes on. */
  end(id: number): void {
    this.#registration.end(this.#regions.space(id).spans);
  }

  /** Between batches: zeros for those who wait for a page that was never there, and not for one that is out. */
  resolveHoles(): void {
    this.#uffd.resolveHoles((page) => this.#regions.isIsolated(page));
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

  locate(id: number, from: number, pages: number): void {
    this.#regions.locate(id, from, pages);
  }

  /**
   * PAGE_… bits of up to 512 consecutive pages, into `out`.
   */
  presence(page: number, pages: number, out: Uint8Array): void {
    this.#pagemap.read(page * PAGE_SIZE, pages, out);
  }

  /** Ends copy-on-write sharing: see `endSharing`. Only outside of begin…end. Returns the pages mended. */
  mend(page: number, pages: number, shared: boolean): number {
    return endSharing(this.#pagemap, page, pages, shared);
  }

  /** What does not hold of the machine's books, between two steps of a migration; `full`: of every page, too. */
  audit(full: boolean): Violation[] {
    return full ? this.#audit.full() : this.#audit.quick();
  }

  /** Gives everything back. No region may be attached and no page out. */
  close(): void {
    if (this.#regions.count > 0) throw new Error('regions are still attached');
    // A device that has not come to rest may still write: its memory stays, rather than become somebody else's.
    if (this.#quarantine.empty) this.#pools.close();
    this.#journal.close();
    this.#suspects.close();
    this.#uffd.close();
    this.#pagemap.close();
  }

  /**
   * The last resort, when something has thrown that should not have: everything that is out comes back by the journal,
   * and every range is ordinary memory. Nothing else may be done with the machine afterwards.
   */
  abandon(): void {
    rescue(this.#journal);
  }

  /** Address of frame 0; the others follow it without a gap. */
  get frameBase(): Address {
    return this.#pools.addressOf(0);
  }

  // --- the Machine port ----------------------------------------------------------------------------------

  now(): number {
    return performance.now() * 1e6;
  }

  isolate(batch: Batch, index: number): number {
    const isolated = this.#regions.space(batch.space).isolate(batch.page[index]!, 1 << batch.order[index]!);
    return isolated ? 0 : -ERRNO.EBUSY;
  }

  putback(batch: Batch, index: number): void {
    this.#regions.space(batch.space).putback(batch.page[index]!, 1 << batch.order[index]!);
  }

  takeDestination(batch: Batch, index: number, node: number): number {
    return this.#destinations.take(batch, index, node);
  }

  isolateRun(batch: Batch): boolean {
    return this.#regions.space(batch.space).isolate(batch.page[0]!, batch.pages);
  }

  putbackRun(batch: Batch): void {
    this.#regions.space(batch.space).putback(batch.page[0]!, batch.pages);
  }

  takeDestinationRun(batch: Batch, node: number): boolean {
    return this.#destinations.takeRun(batch, node);
  }

  dropDestination(batch: Batch, index: number): void {
    this.#destinations.drop(batch, index);
  }

  quarantine(batch: Batch, index: number, ticket: number): void {
    this.#destinations.quarantine(batch, index, ticket);
  }

  unquarantine(ticket: number): void {
    this.#quarantine.release(ticket);
  }

  sameFrames(dst: number, src: number, pages: number): boolean {
    return libc().memcmp(this.#pools.addressOf(dst), this.#pools.addressOf(src), pages * PAGE_SIZE) === 0;
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
    this.#unmap.unmap(batch, this.#regions.space(batch.space));
  }

  map(batch: Batch): void {
    this.#map.map(batch, this.#regions.space(batch.space));
  }

  restore(batch: Batch): void {
    this.#map.restore(batch);
  }

  guard(batch: Batch): void {
    this.#guard.guard(batch);
  }

  recheck(batch: Batch): void {
    this.#guard.recheck(batch);
  }

  unguard(batch: Batch): void {
    this.#guard.unguard(batch);
  }

  swapping(batch: Batch): void {
    this.#registration.awaitMissing(batch, this.#regions.space(batch.space).spans);
  }

  pause(mode: MigrateMode, pass: number): void {
    if (mode === 'sync_light') libc().sched_yield();
    if (mode === 'sync') libc().usleep(Math.min(50 * pass, 500));
  }
}
