import { ERRNO } from '../../common/errno.js';
import { MigrationError } from '../../common/migration-error.js';
import { MAX_ORDER, PAGE_SIZE, PMD_PAGES } from '../../common/page.js';
import { checkBooks, type Violation } from '../../mm/audit/machine-books.js';
import type { Batch } from '../../mm/pipeline/batch.js';
import { WP_NONE } from '../../mm/pipeline/write-protection.js';
import type {
  AccessPort,
  CpuClock,
  InPlaceSourceName,
  PageMarksPort,
  SourceProbe,
} from '../../mm/ports/access-port.js';
import type { LiveMachine } from '../../mm/ports/live-machine.js';
import type { NodeUsage } from '../../mm/ports/pool-port.js';
import {
  type BeginOptions,
  type PlacedSpan,
  PRESENCE_EXCLUSIVE,
  PRESENCE_OCCUPIED,
  PRESENCE_PRESENT,
  type RegionPages,
  type RegionSpan,
} from '../../mm/ports/region-port.js';
import type { SharedRun, StoppedMerging } from '../../mm/ports/sharing-port.js';
import { type AddressSpace, PTE_MIGRATION, PTE_NONE, SHARED_NOW } from './address-space.js';
import type { SimMachine } from './sim-machine.js';
import { SimPageMarks } from './sim-page-marks.js';
import { type ProtectingMachine, WrappedMachine } from './wrapped-machine.js';

export interface SimLiveParts {
  readonly machine: SimMachine;
  /** The same machine, as the pipeline uses it. */
  readonly seen: ProtectingMachine;
  /** The memory of the process whose regions are migrated. */
  readonly space: AddressSpace;
  /** Spans that are registered at once. */
  readonly maxSpans?: number;
}

/** Spans of page numbers of a process's memory, and the node of their absent pages. */
class SimRegion implements RegionPages {
  readonly spans: readonly PlacedSpan[];
  readonly pages: number;
  registered = false;
  /** How often it was registered. */
  begun = 0;
  lost = false;
  readonly #table: Int32Array;
  readonly #machine: SimMachine;
  readonly #node: number;

  constructor(machine: SimMachine, { table }: AddressSpace, spans: readonly RegionSpan[], node: number) {
    let index = 0;
    this.spans = spans.map(({ address, pages }) => {
      const span = { page: address / PAGE_SIZE, pages, index };
      index += pages;
      return span;
    });
    this.pages = index;
    this.#machine = machine;
    this.#table = table;
    this.#node = node;
  }

  nodeAt(page: number): number {
    const frame = this.#table[page]!;
    return frame < 0 ? this.#node : this.#machine.memory.nodeOf(frame);
  }

  onOneNode(page: number, pages: number): boolean {
    const node = this.nodeAt(page);
    for (let k = page + 1; k < page + pages; k++) if (this.nodeAt(k) !== node) return false;
    return true;
  }

  /** Page numbers of a range of its pages. */
  *numbers(from = 0, to = this.pages): Generator<number> {
    for (const { page, pages, index } of this.spans) {
      for (let i = Math.max(from, index); i < Math.min(to, index + pages); i++) yield page + (i - index);
    }
  }

  holds(page: number): boolean {
    return this.spans.some((span) => page >= span.page && page < span.page + span.pages);
  }
}

/**
 * The machine of one ferry in a simulated process: the simulated machine, with regions. Addresses are page numbers times the
 * page size. It throws for faults of the engine: a page that leaves an unregistered region, or a region that is unregistered
 * while one of its pages is in flight.
 */
export class SimLiveMachine extends WrappedMachine implements LiveMachine {
  readonly maxSpans: number;
  readonly hiddenMoves = 0;
  readonly #machine: SimMachine;
  readonly #space: AddressSpace;
  readonly #regions = new Map<number, SimRegion>();
  readonly #marks: SimPageMarks;
  #merging = 0;

  constructor({ machine, seen, space, maxSpans = 64 }: SimLiveParts) {
    super(seen);
    this.#machine = machine;
    this.#space = space;
    this.maxSpans = maxSpans;
    this.#marks = new SimPageMarks(
      space,
      (region) => this.isMigrating(region),
      () => machine.flush(),
    );
  }

  get tablesMoved(): number {
    return this.#machine.tablesMoved;
  }

  get pagesMovedSingly(): number {
    return this.#machine.pagesMovedSingly;
  }

  /** Every thread of the program has a processor of its own, which runs all the time. */
  get cpuClock(): CpuClock {
    const machine = this.#machine;
    return { cpuNs: () => machine.cpuNs, programNs: () => machine.now() };
  }

  /** Whether pages of a region may be in flight. @internal sim/explore overrides it with a broken one. */
  protected isMigrating(handle: number): boolean {
    return this.space(handle).registered;
  }

  /** @internal sim/explore overrides it with a broken one. */
  protected endWatch(handle: number): void {
    this.#marks.cancel(handle);
  }

  marks(source: InPlaceSourceName): PageMarksPort {
    const { problem } = this.accessSource(source);
    if (problem === undefined) return this.#marks;
    throw new MigrationError('EOPNOTSUPP', problem, { operation: 'heat' });
  }

  accessSource(source: InPlaceSourceName | 'hint'): SourceProbe {
    const needs = 'real memory';
    if (source === 'referenced' || source === 'hint') return { name: source, needs: 'nothing' };
    return { name: source, needs, problem: `simulated memory does not have the access source ${source}` };
  }

  get touches(): AccessPort {
    const machine = this.#machine;
    const touched = () => this.#space.waitedFor.filter((page) => this.isOut(page) && this.#isMine(page));
    return {
      ...this.cpuClock,
      awaitTouch: (nanoseconds) => machine.sleepUntil(() => touched().length > 0, nanoseconds),
      takeTouches: (each) => {
        this.resolveHoles();
        for (const page of touched()) each(page, this.#space.isWrittenTo(page), 0);
      },
    };
  }

  get devicesAtRest(): boolean {
    return !this.#machine.hasQuarantined;
  }

  get pagesOut(): boolean {
    return [...this.#regions.values()].some((region) => this.#outOf(region) !== undefined);
  }

  // --- regions -------------------------------------------------------------------------------------------

  attach(spans: readonly RegionSpan[], node: number): number {
    const handle = this.#machine.addHandle(this.#space);
    this.#regions.set(handle, new SimRegion(this.#machine, this.#space, spans, node));
    return handle;
  }

  replace(handle: number, spans: readonly RegionSpan[], node: number): number {
    this.detach(handle);
    return this.attach(spans, node);
  }

  detach(handle: number): void {
    if (this.space(handle).registered) throw new Error(`region ${handle} is ended while it is registered`);
    this.endWatch(handle);
    this.#regions.delete(handle);
  }

  space(handle: number): SimRegion {
    const region = this.#regions.get(handle);
    if (region === undefined) throw new RangeError(`no region ${handle}`);
    return region;
  }

  /** Native code unmaps a page. */
  unmapPage(page: number): void {
    this.#machine.forget(this.#space, page);
    for (const region of this.#regions.values()) if (region.holds(page)) region.lost = true;
  }

  lost(handle: number): boolean {
    return this.space(handle).lost;
  }

  locate(): void {
    // The page tables are always current.
  }

  presence(page: number, pages: number, out: Uint8Array): void {
    const { table, shared } = this.#space;
    for (let k = 0; k < pages; k++) {
      const there = table[page + k]! >= 0;
      const alone = shared[page + k] === 0 ? PRESENCE_EXCLUSIVE : 0;
      out[k] = there ? PRESENCE_OCCUPIED | PRESENCE_PRESENT | alone : 0;
    }
  }

  begin(handle: number, { writeProtected = false }: BeginOptions = {}): void {
    const region = this.space(handle);
    if (region.registered) throw new Error(`region ${handle} is registered twice`);
    const { registered } = this.#space;
    const others = [...this.#regions.values()].filter((each) => each.registered);
    const spans = others.reduce((sum, each) => sum + each.spans.length, region.spans.length);
    if (others.length > 0 && spans > this.maxSpans) throw new Error(`${spans} spans are registered at once`);
    for (const page of region.numbers()) {
      if (registered[page] === 0) continue;
      throw new MigrationError('EBUSY', 'the memory is registered already', { operation: 'migrate' });
    }
    // Readers of a protected batch must not wait for a page that the program has dropped, only for a page in flight.
    for (const page of region.numbers()) registered[page] = writeProtected ? 2 : 1;
    region.registered = true;
    region.begun++;
    this.endWatch(handle);
  }

  end(handle: number): void {
    const region = this.space(handle);
    const out = this.#outOf(region);
    if (out !== undefined) throw new Error(`region ${handle} is unregistered while page ${out} is out`);
    region.registered = false;
    for (const page of region.numbers()) {
      this.#space.registered[page] = 0;
      if (this.#space.table[page] === PTE_NONE) this.#space.wake(page, 1);
    }
  }

  discard(handle: number, page: number, pages: number): number {
    if (this.lost(handle)) return -ERRNO.ESTALE;
    for (let k = page; k < page + pages; k++) this.#machine.forget(this.#space, k);
    return 0;
  }

  /** The simulated machine has no swap. */
  pageOut(handle: number): number {
    return this.lost(handle) ? -ERRNO.ESTALE : 0;
  }

  resolveHoles(): void {
    const { registered } = this.#space;
    for (const page of this.#space.waitedFor) {
      if (registered[page] === 0 || this.isOut(page) || !this.#isMine(page)) continue;
      if (this.#space.table[page]! < 0) this.#machine.fault(this.#space, page);
      this.#space.wake(page, 1);
    }
  }

  /** Whether the page is in flight. */
  protected isOut(page: number): boolean {
    return this.#space.table[page] === PTE_MIGRATION || this.#space.writeProtected[page] === 1;
  }

  override unmap(batch: Batch): void {
    const { registered } = this.#space;
    const { length, page, order, protection } = batch;
    for (let i = 0; i < length; i++) {
      for (let k = page[i]!; k < page[i]! + (1 << order[i]!); k++) {
        if (registered[k] === 0) throw new Error(`page ${k} is unmapped and not registered`);
        if (registered[k] === 2 && protection[i] !== WP_NONE)
          throw new Error(`page ${k} is unmapped before its cutover`);
      }
    }
    // An exclusive batch of a write-protected migration has no cutover.
    this.#awaitMissing(batch);
    super.unmap(batch);
  }

  /** From here on, the batch is as in an exclusive migration. */
  override beginCutover(batch: Batch): boolean {
    this.#awaitMissing(batch);
    return super.beginCutover(batch);
  }

  /** Threads wait for absent pages of the batch from here on. */
  #awaitMissing({ length, page, order }: Batch): void {
    for (let i = 0; i < length; i++) this.#space.registered.fill(1, page[i]!, page[i]! + (1 << order[i]!));
  }

  // --- pools: only the nodes' free lists ---------------------------------------------------

  trimExcess(): void {
    // There is no pool.
  }

  trim(): void {
    // There is no pool.
  }

  prefill(): number {
    return 0;
  }

  usage(node: number): NodeUsage {
    return { bytesPooled: 0, bytesFree: this.#machine.memory.zones[node]!.freePages * PAGE_SIZE };
  }

  // --- huge pages: 2 MiB of consecutive frames ---------------------------------------------------

  isHuge(page: number): boolean {
    const { table, pages } = this.#space;
    const first = table[page]!;
    if (page % PMD_PAGES !== 0 || page + PMD_PAGES > pages || first < 0 || first % PMD_PAGES !== 0)
      return false;
    for (let k = 1; k < PMD_PAGES; k++) if (table[page + k] !== first + k) return false;
    return true;
  }

  hugeBytes(handle: number, from: number, to: number): number {
    let huge = 0;
    for (const page of this.#wholeHuge(handle, from, to)) if (this.isHuge(page)) huge++;
    return huge * PMD_PAGES * PAGE_SIZE;
  }

  prepareHuge(): void {
    // There is no advice to give.
  }

  splitHuge(): void {
    // Pages that move one by one are no longer consecutive.
  }

  collapse(handle: number, from: number, to: number, node: number): void {
    for (const page of this.#wholeHuge(handle, from, to)) {
      if (!this.isHuge(page) && this.space(handle).onOneNode(page, PMD_PAGES)) this.#collapseAt(page, node);
    }
  }

  #collapseAt(page: number, node: number): void {
    const { table, shared } = this.#space;
    const { memory } = this.#machine;
    for (let k = page; k < page + PMD_PAGES; k++) {
      if (table[k]! < 0 || memory.pins[table[k]!]! > 0 || shared[k] !== 0) return;
    }
    const frame = memory.take(node, MAX_ORDER);
    if (frame < 0) return;
    this.#machine.collapse(this.#space, page, frame);
  }

  *#wholeHuge(handle: number, from: number, to: number): Generator<number> {
    const region = this.space(handle);
    for (const span of region.spans) {
      const end = span.page + Math.min(to - span.index, span.pages);
      let page = Math.ceil((span.page + Math.max(from - span.index, 0)) / PMD_PAGES) * PMD_PAGES;
      for (; page + PMD_PAGES <= end; page += PMD_PAGES) yield page;
    }
  }

  // --- other users of the pages -----------------------------------------------------------------------------

  /** A simulated device may pin pages at any time. */
  mayPin(): boolean {
    return true;
  }

  unshare(page: number, pages: number, shared: boolean): number {
    let unshared = 0;
    for (let k = page; k < page + pages; k++) {
      const how = this.#space.shared[k]!;
      if (how === 0 || (how === SHARED_NOW && !shared)) continue;
      if (this.#space.registered[k] !== 0) throw new Error(`page ${k} is written to while it is registered`);
      this.#space.shared[k] = 0;
      unshared++;
    }
    return unshared;
  }

  stopMerging(handle: number, _runs: readonly SharedRun[]): StoppedMerging {
    const region = this.space(handle);
    const { unmergeable } = this.#space;
    for (const page of region.numbers()) unmergeable[page] = 1;
    this.#merging++;
    return {
      resume: () => {
        for (const page of region.numbers()) unmergeable[page] = 0;
        this.#merging--;
      },
    };
  }

  // --- as a whole -----------------------------------------------------------------------------------------

  audit(): Violation[] {
    return checkBooks(this.#machine.books());
  }

  /** Registrations and stopped merging that outlive all migrations. */
  leftovers(): Violation[] {
    const found: Violation[] = [];
    const registered = this.#space.registered.reduce((sum, each) => sum + (each === 0 ? 0 : 1), 0);
    if (registered > 0)
      found.push({ invariant: 'no page is left registered', figures: `${registered} pages` });
    if (this.#merging > 0)
      found.push({ invariant: 'merging continues', figures: `stopped ${this.#merging} times` });
    return found;
  }

  close(): void {
    if (this.#regions.size > 0) throw new Error('regions are still attached');
  }

  abandon(): void {
    for (const region of this.#regions.values()) {
      for (const page of region.numbers()) this.#space.registered[page] = 0;
      region.registered = false;
    }
  }

  /** A page of a region that is in flight. */
  #outOf(region: SimRegion): number | undefined {
    for (const page of region.numbers()) if (this.#space.table[page] === PTE_MIGRATION) return page;
    return undefined;
  }

  /** Whether a region of this machine is registered there. */
  #isMine(page: number): boolean {
    for (const region of this.#regions.values()) if (region.registered && region.holds(page)) return true;
    return false;
  }
}
