import { ERRNO } from '../../common/errno.js';
import { staleMemory } from '../../common/migration-error.js';
import { PAGE_SIZE } from '../../common/page.js';
import type { Violation } from '../../mm/audit/machine-books.js';
import type { MigrateMode } from '../../mm/mode.js';
import type { Batch } from '../../mm/pipeline/batch.js';
import type {
  AccessPort,
  CpuClock,
  InPlaceSourceName,
  OnTouch,
  PageMarksPort,
  SourceProbe,
} from '../../mm/ports/access-port.js';
import type { LiveMachine } from '../../mm/ports/live-machine.js';
import type { NodeUsage } from '../../mm/ports/pool-port.js';
import type { BeginOptions } from '../../mm/ports/region-port.js';
import type { WriteProtectPort } from '../../mm/ports/write-protect-port.js';
import { HostMarks, probeHint } from '../accessed/host-marks.js';
import { MachineAudit } from '../audit/machine-audit.js';
import { type CopyKind, type CopyRoutine, channelCopyRoutine, copyRoutine } from '../code/copy.js';
import { storeFence } from '../code/store-fence.js';
import { PinSuspects } from '../pins/pin-suspects.js';
import { Journal } from '../rescue/journal.js';
import { rescue } from '../rescue/journal-rescue.js';
import { CpuTime } from '../sys/cpu-time.js';
import { type Address, libc } from '../sys/libc.js';
import { PlacementQuery } from '../sys/mempolicy.js';
import { advise, isMapped, MADV_PAGEOUT } from '../sys/mman.js';
import { Pagemap } from '../sys/pagemap.js';
import { type Remap, remap } from '../sys/remap.js';
import { availableBytes, numaNodes } from '../sys/topology.js';
import { VmaQuery } from '../sys/vma-query.js';
import { TableMoves } from '../tables/table-moves.js';
import { TableHost, type TableMode, TablePolicy } from '../tables/table-policy.js';
import type { EventReader } from '../userfaultfd/event-reader.js';
import { Userfaultfd, type UserfaultfdAccess } from '../userfaultfd/userfaultfd.js';
import { type AddressSpace, GONE, type Span } from './address-space.js';
import { FolioDestinations } from './folio-destinations.js';
import { FolioMap } from './folio-map.js';
import { FolioProtection } from './folio-protection.js';
import { FolioUnmap } from './folio-unmap.js';
import { HugeMappings } from './huge-mappings.js';
import type { MachineParts } from './machine-parts.js';
import { MemoryChanges } from './memory-changes.js';
import { type PageRun, StoppedMerging } from './merging.js';
import { type LinuxNode, NodePools } from './node-pools.js';
import { PageUndo } from './page-undo.js';
import { PagesOut } from './pages-out.js';
import { Quarantine } from './quarantine.js';
import { Regions } from './regions.js';
import { Registration } from './registration.js';
import { unsharePages } from './unshare-pages.js';

/**
 * From this number of pages on (64 KiB) the streaming copy is faster (`npm run copies`). This thread does not read the
 * pages that it has copied.
 */
const LONG_PAGES = 16;

/** Maximum number of registered spans. Each is a mapping of its own, and each migration in progress has a folio list. */
const MAX_SPANS = 64;

export interface LinuxMachineOptions {
  readonly nodes: readonly LinuxNode[];
  /** Base pages of the largest batch. */
  readonly windowPages: number;
  /** Batches that may be in flight at once: 1 (default) to 4. */
  readonly depth?: number;
  /** Base pages that each pool may keep free beyond a batch. */
  readonly maxPoolPages: number;
  readonly copy: CopyKind;
  /** The memory of the journal (`Journal.bytes(windowPages)`). Default: the machine's own memory. */
  readonly journal?: SharedArrayBuffer;
  /** Whether page tables are moved as a whole. Read for each batch. Default: `auto`. */
  readonly pageTables?: () => TableMode;
  /** For tests: replaces mremap(2). */
  readonly remap?: Remap;
}

/**
 * Real memory as a `LiveMachine`. Pages leave the program's range for empty slots in their node's pool, are copied from
 * pool to pool, and come back from the target node's pool, by UFFDIO_MOVE. Whole page tables move by mremap, to and from
 * shadows.
 *
 * Only one thread may use it, and that thread must never touch program memory. While a page is unmapped, the thread calls
 * nothing that could wait for another thread of the process.
 */
export class LinuxMachine implements LiveMachine {
  /** Undefined if the kernel's userfaultfd cannot write-protect. */
  readonly writeProtection: WriteProtectPort | undefined;
  readonly #uffd: Userfaultfd;
  readonly #tables: TablePolicy | undefined;
  readonly #vmas: VmaQuery;
  readonly #pins: PinSuspects;
  readonly #tableHost: TableHost;
  readonly #pagemap: Pagemap;
  readonly #pools: NodePools;
  readonly #destinations: FolioDestinations;
  readonly #unmap: FolioUnmap;
  readonly #map: FolioMap;
  readonly #quarantine: Quarantine;
  readonly #maxPoolPages: number;
  /** Base pages that may be in flight at once. */
  readonly #windowPages: number;
  readonly #copy: CopyRoutine;
  /** For long runs, whose pages this thread does not read. */
  readonly #copyLong: CopyRoutine;
  readonly #regions: Regions;
  readonly #registration: Registration;
  readonly #journal: Journal;
  readonly #out: PagesOut;
  readonly #audit: MachineAudit;
  readonly #huge: HugeMappings;
  readonly #changes: MemoryChanges;
  readonly #cpuTime = new CpuTime();
  readonly #marks: HostMarks;

  constructor(options: LinuxMachineOptions) {
    this.#pagemap = new Pagemap();
    this.#vmas = new VmaQuery();
    this.#pins = new PinSuspects();
    this.#tableHost = new TableHost();
    const pages = options.windowPages * (options.depth ?? 1) + options.maxPoolPages;
    const memory = NodePools.reserve(options.nodes.length, pages);
    try {
      this.#uffd = Userfaultfd.openWithReader(this.#pagemap, memory);
    } catch (error) {
      memory.unmap();
      throw error;
    }
    const uffd = this.#uffd;
    for (const own of [uffd.descriptor, this.#pagemap.descriptor, ...this.#tableHost.descriptors])
      this.#pins.trust(own);
    this.#windowPages = options.windowPages * (options.depth ?? 1);
    this.#maxPoolPages = options.maxPoolPages;
    this.#copy = copyRoutine(options.copy);
    this.#copyLong = channelCopyRoutine(options.copy);
    // On a host with several NUMA nodes the kernel, not our books, knows the node of a page.
    const placement = numaNodes().length > 1 ? new PlacementQuery() : undefined;
    const journal = new Journal(options.journal ?? new SharedArrayBuffer(Journal.bytes(options.windowPages)));
    try {
      this.#pools = new NodePools(options.nodes, memory, uffd, this.#pagemap, journal);
    } catch (error) {
      uffd.reader?.end();
      uffd.close();
      this.#pagemap.close();
      throw error;
    }
    journal.open(this.#uffd.descriptor, this.#pools.memory);
    if (uffd.reader !== undefined) journal.readBy(uffd.reader.block);
    this.#journal = journal;
    this.#registration = new Registration(this.#uffd, journal);
    this.#regions = new Regions(this.#pools, placement);
    this.#quarantine = new Quarantine(this.#pools);
    this.#out = new PagesOut(journal);
    const pools = this.#pools;
    this.#changes = new MemoryChanges({
      uffd,
      pagemap: this.#pagemap,
      vmas: this.#vmas,
      emptyPage: () => pools.emptyPage,
      isOwn: (address) => pools.isOwn(address),
    });
    const pageUndo = new PageUndo(this.#uffd, this.#pagemap, this.#changes);
    this.#tables = uffd.reader && this.#tablePolicy(uffd.reader, pageUndo, options);
    const moves: MachineParts = {
      uffd: this.#uffd,
      pagemap: this.#pagemap,
      pools: this.#pools,
      out: this.#out,
      quarantine: this.#quarantine,
      pageUndo,
      changes: this.#changes,
      registration: this.#registration,
      placement,
      tables: this.#tables,
    };
    this.#audit = new MachineAudit({ ...moves, regions: this.#regions, journal });
    this.#destinations = new FolioDestinations(moves);
    this.#unmap = new FolioUnmap(moves);
    this.#map = new FolioMap(moves);
    const parts = { ...moves, regions: this.#regions };
    this.writeProtection = this.#uffd.canWriteProtect ? new FolioProtection(parts) : undefined;
    this.#huge = new HugeMappings(this.#pagemap, this.#pools.shadows);
    this.#marks = new HostMarks({ space: (id) => this.#regions.space(id), pagemap: this.#pagemap, journal });
  }

  readonly maxSpans: number = MAX_SPANS;

  get access(): UserfaultfdAccess {
    return this.#uffd.access;
  }

  get devicesAtRest(): boolean {
    return this.#quarantine.empty;
  }

  get pagesOut(): boolean {
    return this.#out.allFolios > 0 || this.#broken;
  }

  /** Page tables of 2 MiB that have arrived on their target as a whole. */
  get tablesMoved(): number {
    return this.#map.tablesMoved;
  }

  /** Base pages that have arrived in the program by UFFDIO_MOVE. */
  get pagesMovedSingly(): number {
    return this.#map.pagesMoved;
  }

  /** Number of times that the kernel reported an error for pages that it had moved. */
  get hiddenMoves(): number {
    return this.#uffd.hiddenMoves;
  }

  // --- regions -------------------------------------------------------------------------------------------

  attach(spans: readonly Span[], node: number, movable = false): number {
    return this.#regions.attach(spans, node, movable);
  }

  /** See Regions.replace. The shadows, and the watch, belong to the old memory. */
  replace(id: number, spans: readonly Span[], node: number): number {
    const space = this.#regions.space(id);
    this.#pools.shadows.release(space);
    this.#marks.cancel(space);
    return this.#regions.replace(id, spans, node);
  }

  lost(id: number): boolean {
    this.#changes.take();
    return this.#regions.space(id).lost;
  }

  detach(id: number): void {
    const space = this.#regions.space(id);
    this.#pools.shadows.release(space);
    this.#marks.cancel(space);
    // The owner of the memory may have registered it for a migration that never began.
    if (space.movable && this.#isWatched(space)) {
      for (const { address, pages } of space.spans) this.#uffd.unregister(address, pages * PAGE_SIZE);
    }
    this.#regions.detach(id);
  }

  space(id: number): AddressSpace {
    return this.#regions.space(id);
  }

  /**
   * Registers the region before the first batch of a migration. From then on a thread that touches an absent page waits.
   * For a write-protected migration that only holds where batches have been cut over. Before that, a thread that copies
   * from the program's own pages must not wait for one that the program has dropped.
   * @throws MigrationError EBUSY, EINVAL, … if the range cannot be registered; then nothing is registered. ESTALE if it is
   * known to be no longer the region's memory, or if a part of it is not mapped.
   */
  begin(id: number, { writeProtected = false, tables = true }: BeginOptions = {}): void {
    const space = this.#regions.space(id);
    space.waitMode = writeProtected ? 'protected' : 'missing';
    space.incomplete = false;
    if (space.lost || (space.movable && !this.#isWatched(space))) throw staleMemory();
    space.movesTables = tables && !space.movable && this.#tables?.hostAllows === true;
    this.#marks.cancel(space);
    this.#changes.begin(space);
    this.#regions.setMigrating(space, true);
    try {
      this.#registration.begin(space.spans, space.waitMode);
      // The kernel registers what is mapped, and reports no change of a hole. Memory that somebody maps there is not the region's.
      if (!space.spans.every(({ address, pages }) => isMapped(address, pages * PAGE_SIZE))) {
        this.#registration.end(space.spans);
        throw staleMemory();
      }
    } catch (error) {
      this.#regions.setMigrating(space, false);
      this.#changes.end(space);
      throw error;
    }
  }

  /** Whether a range that the owner of the memory has registered is still that memory. */
  #isWatched(space: AddressSpace): boolean {
    this.#changes.take();
    return space.spans.every(({ address, pages }) => this.#changes.isWatched(address, pages * PAGE_SIZE));
  }

  mayPin(): boolean {
    return this.#pins.mayPin();
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

  /** Unregisters the region after the last batch. It is ordinary memory again, and its waiting threads continue. */
  end(id: number): void {
    // A thread that waits for an unmapped page would get zeros. `abandon` is next.
    if (this.#broken) return;
    const space = this.#regions.space(id);
    this.#changes.take();
    this.#registration.end(space.lost ? rangesOf(space, false) : space.spans);
    for (const { address, pages } of space.lost ? rangesOf(space, true) : [])
      this.#changes.unregisterGone(address, pages * PAGE_SIZE);
    this.#regions.setMigrating(space, false);
    this.#changes.end(space);
    // Parts that are registered and parts that are not would be separate mappings.
    for (const shadow of this.#pools.shadows.ofSpace(space)) this.#tables?.moves.cleanPieces(shadow);
  }

  /** MADV_DONTNEED. -EINVAL for locked memory. Not for memory that may be somebody else's by now. */
  discard(id: number, page: number, pages: number): number {
    const space = this.#regions.space(id);
    if (space.lost || space.movable) return -ERRNO.ESTALE;
    return this.#changes.discard(space, page * PAGE_SIZE, pages * PAGE_SIZE);
  }

  /** MADV_PAGEOUT. -EINVAL for locked memory. Not for memory that may be somebody else's by now. */
  pageOut(id: number, page: number, pages: number): number {
    const space = this.#regions.space(id);
    if (space.lost || space.movable) return -ERRNO.ESTALE;
    // No event of the userfaultfd comes of it (mm/madvise.c): the pages stay the program's.
    return advise(page * PAGE_SIZE, pages * PAGE_SIZE, MADV_PAGEOUT);
  }

  /** Between batches: gives zeros to threads that wait for a page that never existed, but not for an unmapped page. */
  resolveHoles(onOut?: OnTouch): void {
    this.#changes.take();
    const isOut = (page: number) => this.#regions.isIsolated(page);
    this.#uffd.resolveHoles(isOut, this.#uffd.reader, onOut);
  }

  get cpuClock(): CpuClock {
    const { reader } = this.#uffd;
    const ofReader = () => (reader?.alive === true ? this.#cpuTime.ofThread(reader.tid) : 0);
    const ownNs = () => this.#cpuTime.ofThread() + ofReader();
    return {
      cpuNs: ownNs,
      programNs: () => {
        // First, so that the difference of two calls is at most a microsecond too long, and not too short.
        const own = ownNs();
        return this.#cpuTime.ofProcess() - own;
      },
    };
  }

  marks(source: InPlaceSourceName): PageMarksPort {
    return this.#marks.open(source);
  }

  accessSource(source: InPlaceSourceName | 'hint'): SourceProbe {
    return source === 'hint' ? probeHint(this.touches !== undefined) : HostMarks.probe(source);
  }

  /** Undefined without an event reader, which gathers the page faults. */
  get touches(): AccessPort | undefined {
    const { reader } = this.#uffd;
    if (reader?.alive !== true) return undefined;
    return {
      ...this.cpuClock,
      awaitTouch: (nanoseconds) => reader.awaitFault(nanoseconds),
      takeTouches: (each) => this.resolveHoles(each),
    };
  }

  /** After each batch: shrinks pools that exceed their size by more than a batch. */
  trimExcess(): void {
    const max = this.#maxPoolPages + this.#windowPages;
    for (let node = 0; node < this.#pools.all.length; node++) {
      if (this.#pools.freePages(node) > max) this.#pools.trim(node, this.#maxPoolPages);
    }
  }

  /** After a migration: shrinks the pools to their maximum. */
  trim(): void {
    if (this.#broken) return;
    for (let node = 0; node < this.#pools.all.length; node++) this.#pools.trim(node, this.#maxPoolPages);
  }

  /**
   * Adds at least `pages` free pages to a node, and returns how many it added. Small pages first go to the shadows of the
   * regions, from which page tables can move. The rest goes to the node's pool.
   */
  prefill(node: number, pages: number, huge: boolean): number {
    const inShadows = huge ? 0 : this.#prefillShadows(node, pages);
    return inShadows + (inShadows < pages ? this.#pools.all[node]!.prefill(pages - inShadows, huge) : 0);
  }

  /**
   * The bytes in a node's pool, and the bytes for which the node has room.
   * @param hostFree The host's last known free bytes, for a node without a capacity. Without it the host is queried, which
   * reads files in /proc and takes about 70 µs.
   */
  usage(node: number, hostFree?: number): NodeUsage {
    const pool = this.#pools.all[node]!;
    const free = Number.isFinite(pool.capacityPages)
      ? pool.pagesFree * PAGE_SIZE
      : (hostFree ?? availableBytes(pool.numaNode));
    return { bytesPooled: this.#pools.freePages(node) * PAGE_SIZE, bytesFree: free };
  }

  locate(id: number, from: number, pages: number): void {
    this.#regions.locate(id, from, pages);
  }

  /** Reads the PAGE_… bits of up to 512 consecutive pages into `out`. */
  presence(page: number, pages: number, out: Uint8Array): void {
    this.#pagemap.read(page * PAGE_SIZE, pages, out);
  }

  /** Unshares pages: see `unsharePages`. Only outside of begin…end. Returns the number of pages unshared. */
  unshare(page: number, pages: number, shared: boolean): number {
    // The write could go to somebody else's memory by now.
    for (const space of this.#regions.all.values()) if (space.movable && space.holds(page)) return 0;
    return unsharePages(this.#pagemap, page, pages, shared);
  }

  /** See StoppedMerging. Only outside of begin…end. */
  stopMerging(id: number, runs: readonly PageRun[]): StoppedMerging | undefined {
    return StoppedMerging.within(this.#regions.space(id).spans, runs, this.#pools.memory);
  }

  /** The violations in the machine's books, between two steps of a migration. `full` also checks every page. */
  audit(full: boolean): Violation[] {
    return full ? this.#audit.full() : this.#audit.quick();
  }

  /** Frees all memory. No region may be attached and no page unmapped. */
  close(): void {
    if (this.#regions.count > 0) throw new Error('regions are still attached');
    // A device that is not idle may still write. Its memory stays mapped, so that nobody else gets it.
    if (this.#quarantine.empty) this.#pools.close();
    this.#marks.close();
    this.#journal.close();
    this.#uffd.reader?.end();
    this.#uffd.close();
    this.#vmas.close();
    this.#pins.close();
    this.#tableHost.close();
    this.#pagemap.close();
  }

  /**
   * The last resort after an unexpected error: brings back every unmapped page by the journal, and makes every range
   * ordinary memory. The machine must not be used after that.
   */
  abandon(): void {
    rescue(this.#journal);
    this.#marks.close();
  }

  /** Address of frame 0. The other frames follow without a gap. */
  get frameBase(): Address {
    return this.#pools.addressOf(0);
  }

  // --- the Machine port ----------------------------------------------------------------------------------

  /** Rounded, so that sums of durations are integers too. */
  now(): number {
    return Math.round(performance.now() * 1e6);
  }

  isolate(batch: Batch, index: number): number {
    const isolated = this.#regions.space(batch.space).isolate(batch.page[index]!, 1 << batch.order[index]!);
    return isolated ? 0 : -ERRNO.EBUSY;
  }

  putback(batch: Batch, index: number): void {
    this.#regions.space(batch.space).putback(batch.page[index]!, 1 << batch.order[index]!);
  }

  takeDestination(batch: Batch, index: number, node: number): number {
    return this.#destinations.take(batch, index, this.#regions.space(batch.space), node);
  }

  isolateRun(batch: Batch): boolean {
    return this.#regions.space(batch.space).isolate(batch.page[0]!, batch.pages);
  }

  putbackRun(batch: Batch): void {
    this.#regions.space(batch.space).putback(batch.page[0]!, batch.pages);
  }

  takeDestinationRun(batch: Batch, node: number): boolean {
    return this.#destinations.takeRun(batch, this.#regions.space(batch.space), node);
  }

  freeDestination(batch: Batch, index: number): void {
    this.#destinations.drop(batch, index);
  }

  quarantine(batch: Batch, index: number, ticket: number): void {
    this.#destinations.quarantine(batch, index, ticket);
  }

  unquarantine(ticket: number): void {
    this.#quarantine.release(ticket);
  }

  sameFrames(dst: number, src: number, pages: number): boolean {
    this.#tables?.moves.makeReadable(src, pages);
    return libc().memcmp(this.#pools.addressOf(dst), this.#pools.addressOf(src), pages * PAGE_SIZE) === 0;
  }

  supportsBatchCopy(): boolean {
    return true;
  }

  supportsBatchCopyRun(): boolean {
    return true;
  }

  copyFrames(dst: number, src: number, pages: number): number {
    this.#tables?.moves.makeReadable(src, pages);
    const copy = pages < LONG_PAGES ? this.#copy : this.#copyLong;
    return copy(this.#pools.addressOf(dst), this.#pools.addressOf(src), pages * PAGE_SIZE);
  }

  copyWhole({ dst, src, pages }: Batch): boolean {
    return this.copyFrames(dst[0]!, src[0]!, pages) === 0;
  }

  flush(): void {
    // Each UFFDIO_MOVE has flushed the translations of its pages before it returned.
  }

  unmap(batch: Batch): void {
    this.#unmap.unmap(batch, this.#regions.space(batch.space));
  }

  map(batch: Batch): void {
    storeFence();
    this.#map.map(batch, this.#regions.space(batch.space));
  }

  undo(batch: Batch): void {
    // Not another error: the one that interrupted the move is already being thrown.
    if (this.#broken) return;
    this.#map.undo(batch, this.#regions.space(batch.space));
  }

  pause(mode: MigrateMode, pass: number): void {
    if (mode === 'sync_light') libc().sched_yield();
    if (mode === 'sync') libc().usleep(Math.min(50 * pass, 500));
  }

  /** A move of page tables was interrupted. Only `abandon` may follow. */
  get #broken(): boolean {
    return this.#tables?.moves.broken === true;
  }

  /** Fills shadows where page tables may move, for regions without a migration. */
  #prefillShadows(node: number, pages: number): number {
    const tables = this.#tables;
    if (tables?.hostAllows !== true) return 0;
    let got = 0;
    for (const [id, space] of this.#regions.all) {
      if (got >= pages) break;
      if (space.migrating || space.movable) continue;
      try {
        this.begin(id);
      } catch {
        // Its own migration will report the reason.
        continue;
      }
      for (const span of space.spans) tables.moves.readySpan(space, span, node, pages - got);
      // Only now: while the region is registered, a thread that touches a page for the first time has to wait.
      this.end(id);
      for (const span of space.spans) got += tables.moves.prefillSpan(space, span, node, pages - got);
    }
    return got;
  }

  #tablePolicy(reader: EventReader, pageUndo: PageUndo, options: LinuxMachineOptions): TablePolicy {
    const moves = new TableMoves({
      uffd: this.#uffd,
      pools: this.#pools,
      shadows: this.#pools.shadows,
      out: this.#out,
      pageUndo,
      changes: this.#changes,
      reader,
      vmas: this.#vmas,
      remap: options.remap ?? remap,
    });
    return new TablePolicy(moves, this.#pins, this.#tableHost, options.pageTables ?? (() => 'auto'), () =>
      this.now(),
    );
  }
}

/** The parts of a region that are gone, or those that are still its memory. */
function rangesOf(space: AddressSpace, wanted: boolean): Span[] {
  const ranges: Span[] = [];
  for (const { page, pages } of space.spans) {
    for (let first = page; first < page + pages; ) {
      let end = first + 1;
      const gone = space.changeAt(first) === GONE;
      while (end < page + pages && (space.changeAt(end) === GONE) === gone) end++;
      if (gone === wanted) ranges.push({ address: first * PAGE_SIZE, pages: end - first });
      first = end;
    }
  }
  return ranges;
}
