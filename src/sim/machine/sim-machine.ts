import { ERRNO } from '../../common/errno.js';
import { MAX_ORDER, PMD_PAGES } from '../../common/page.js';
import type { MachineBooks } from '../../mm/audit/machine-books.js';
import type { MigrateMode } from '../../mm/mode.js';
import { type Batch, NO_FRAME } from '../../mm/pipeline/batch.js';
import { FOLIO_ISOLATED, FOLIO_MOVED, FOLIO_UNMAPPED } from '../../mm/pipeline/folio-state.js';
import { WP_BROKEN, WP_INTACT, WP_NONE } from '../../mm/pipeline/write-protection.js';
import type { Machine } from '../../mm/ports/machine.js';
import type { WriteProtectPort } from '../../mm/ports/write-protect-port.js';
import { fillRange } from '../hardware/fill-range.js';
import { FRAME_QUARANTINED, type PhysicalMemory } from '../hardware/physical-memory.js';
import type { Processor } from '../hardware/processor.js';
import type { VirtualClock } from '../hardware/virtual-clock.js';
import { AddressSpace, PTE_MIGRATION, PTE_NONE } from './address-space.js';
import { booksOf } from './books.js';
import type { Costs } from './costs.js';
import type { DestinationSource } from './destination-source.js';
import {
  hasReferences,
  isProtected,
  mapFolio,
  protectFolio,
  unmapFolio,
  unprotectFolio,
  whyNotUnmapped,
} from './folio-entries.js';
import { PageRanges } from './page-ranges.js';
import { QuarantinedFrames } from './quarantined-frames.js';
import type { SimPoint } from './sim-point.js';
import { endOfTables, type TableMoves, tablesOf } from './table-moves.js';

export interface SimMachineParts {
  readonly clock: VirtualClock;
  readonly processor: Processor;
  readonly memory: PhysicalMemory;
  readonly costs: Costs;
  /** Moves page tables as a whole, if the machine can. */
  readonly tables?: TableMoves | undefined;
}

/** Nanoseconds between two passes: yielding (sync_light), sleeping (sync). */
const YIELD_NS = 1000;
const PAUSE_NS = 1_000_000;

/**
 * The simulated implementation of the pipeline's port, in virtual time. As in the kernel's mm/migrate.c, it has page tables
 * with migration entries, folios of contiguous frames, reference counts, and an LRU.
 */
export class SimMachine implements Machine, WriteProtectPort {
  /** The machine itself, as `flush` is for protected and unmapped folios. */
  readonly writeProtection: WriteProtectPort = this;
  readonly memory: PhysicalMemory;
  /** Called at points at which the real system could run another thread. */
  onPoint: ((point: SimPoint) => void) | undefined;
  destinations: DestinationSource | undefined;
  readonly #clock: VirtualClock;
  readonly #processor: Processor;
  readonly #costs: Costs;
  readonly #spaces: AddressSpace[] = [];
  readonly #quarantined: QuarantinedFrames;
  readonly #tables: TableMoves | undefined;
  /** Folios unmapped or protected since the last flush. */
  readonly #stale = new PageRanges();
  #out = 0;
  #pagesMovedSingly = 0;
  /** The last verified batch. It is unmapped under the same page table lock, so no other thread runs in between. */
  #rechecked: Batch | undefined;
  readonly #orders = new Uint32Array(MAX_ORDER + 1);

  constructor({ clock, processor, memory, costs, tables }: SimMachineParts) {
    this.#clock = clock;
    this.#processor = processor;
    this.#costs = costs;
    this.#tables = tables;
    this.memory = memory;
    this.#quarantined = new QuarantinedFrames(memory);
  }

  /** Memory of a program. Its id is its handle for batches. */
  addSpace(home: number, pages: number): AddressSpace {
    const space = new AddressSpace(this.#spaces.length, home, pages);
    this.#spaces.push(space);
    return space;
  }

  /** Another handle for the same memory. */
  addHandle(space: AddressSpace): number {
    return this.#spaces.push(space) - 1;
  }

  /** Page tables that have moved as a whole. */
  get tablesMoved(): number {
    return this.#tables?.moved ?? 0;
  }

  /** Base pages that have moved entry by entry. */
  get pagesMovedSingly(): number {
    return this.#pagesMovedSingly;
  }

  now(): number {
    return this.#clock.now;
  }

  isolate(batch: Batch, index: number): number {
    this.onPoint?.('isolate');
    const { table } = this.#spaces[batch.space]!;
    const { lru } = this.memory;
    const first = batch.page[index]!;
    const end = first + (1 << batch.order[index]!);
    let present = 0;
    for (let page = first; page < end; page++) {
      const frame = table[page]!;
      if (frame === PTE_MIGRATION || (frame >= 0 && lru[frame] === 0)) return -ERRNO.EBUSY;
      if (frame >= 0) present++;
    }
    if (present === 0) return -ERRNO.ENOENT;
    for (let page = first; page < end; page++) if (table[page]! >= 0) lru[table[page]!] = 0;
    return 0;
  }

  putback(batch: Batch, index: number): void {
    const { table } = this.#spaces[batch.space]!;
    const first = batch.page[index]!;
    const end = first + (1 << batch.order[index]!);
    for (let page = first; page < end; page++) if (table[page]! >= 0) this.memory.lru[table[page]!] = 1;
    this.onPoint?.('putback');
  }

  takeDestination(batch: Batch, index: number, node: number): number {
    this.onPoint?.('take');
    const order = batch.order[index]!;
    const frame = this.destinations?.take(order) ?? this.memory.take(node, order);
    if (frame < 0) return -ERRNO.ENOMEM;
    batch.dst[index] = frame;
    return 0;
  }

  freeDestination(batch: Batch, index: number): void {
    const order = batch.order[index]!;
    const frame = batch.dst[index]!;
    if (this.destinations === undefined) this.memory.give(frame, order);
    else this.destinations.give(frame, order);
    batch.dst[index] = NO_FRAME;
  }

  quarantine(batch: Batch, index: number, ticket: number): void {
    this.#quarantined.hold(ticket, batch.dst[index]!, 1 << batch.order[index]!);
    batch.dst[index] = NO_FRAME;
    // A device that still reads the program's own page does no harm.
    if (batch.state[index] !== FOLIO_UNMAPPED) return;
    this.#quarantined.holdSource(ticket, batch.src[index]!);
    batch.quarantined[index] = 1;
  }

  unquarantine(ticket: number): void {
    this.#quarantined.release(ticket);
  }

  supportsBatchCopy(batch: Batch, index: number): boolean {
    return !this.#spaces[batch.space]!.movableOps.has(batch.page[index]!);
  }

  protect(batch: Batch): void {
    this.onPoint?.('protect');
    const space = this.#spaces[batch.space]!;
    this.#orders.fill(0);
    for (let i = 0; i < batch.length; i++) {
      if (batch.state[i] !== FOLIO_ISOLATED || batch.dst[i] === NO_FRAME) continue;
      const page = batch.page[i]!;
      const pages = 1 << batch.order[i]!;
      batch.protection[i] = protectFolio(this.memory, space, page, pages);
      batch.mappedFrame[i] = space.table[page]!;
      this.#stale.push(space.id, page, pages);
      this.#orders[batch.order[i]!]!++;
    }
    this.#costs.protect(this.#orders);
  }

  verifyProtection(batch: Batch): void {
    this.onPoint?.('unmap');
    const space = this.#spaces[batch.space]!;
    for (let i = 0; i < batch.length; i++) {
      if (batch.protection[i] !== WP_INTACT) continue;
      const whole = isProtected(
        this.memory,
        space,
        batch.page[i]!,
        1 << batch.order[i]!,
        batch.mappedFrame[i]!,
      );
      if (!whole) batch.protection[i] = WP_BROKEN;
    }
    this.#rechecked = batch;
  }

  unprotect(batch: Batch): void {
    this.onPoint?.('unprotect');
    this.#orders.fill(0);
    for (let i = 0; i < batch.length; i++) {
      if (batch.protection[i] === WP_NONE) continue;
      unprotectFolio(this.#spaces[batch.space]!, batch.page[i]!, 1 << batch.order[i]!);
      batch.protection[i] = WP_NONE;
      this.#orders[batch.order[i]!]!++;
    }
    this.#costs.protect(this.#orders);
  }

  /** A batch of whole page tables is cut over as fast as a piece of it. */
  beginCutover(batch: Batch): boolean {
    if (this.#tables === undefined) return false;
    let from = 0;
    while (from < batch.length) {
      const end = endOfTables(batch, from, (i) => batch.mayUnmap(i));
      if (end === from) return false;
      from = end;
    }
    return true;
  }

  unmap(batch: Batch): void {
    if (this.#rechecked !== batch) this.onPoint?.('unmap');
    this.#rechecked = undefined;
    if (this.#tables !== undefined) this.#unmapTables(batch, this.#tables);
    this.#orders.fill(0);
    for (let i = 0; i < batch.length; i++) {
      if (batch.mayUnmap(i)) this.#unmapFolio(batch, i);
    }
    this.#costs.unmap(this.#orders);
  }

  flush(): void {
    this.onPoint?.('flush');
    const { length, space, page, pages } = this.#stale;
    for (let k = 0; k < length; k++) {
      for (const tlb of this.#spaces[space[k]!]!.tlbs) tlb.forget(page[k]!, pages[k]!);
    }
    this.#stale.clear();
    this.#costs.flush();
  }

  copyFrames(dst: number, src: number, pages: number): number {
    this.onPoint?.('copy');
    this.#costs.copy(pages);
    for (let frame = src; frame < src + pages; frame++) {
      if (this.memory.poisoned[frame] === 1) return -ERRNO.EHWPOISON;
    }
    this.memory.content.copy(dst, src, pages);
    return 0;
  }

  sameFrames(dst: number, src: number, pages: number): boolean {
    this.#costs.read(pages);
    return this.memory.content.isSame(dst, src, pages);
  }

  map(batch: Batch): void {
    this.onPoint?.('map');
    if (this.#tables !== undefined) this.#mapTables(batch, this.#tables);
    this.#orders.fill(0);
    for (let i = 0; i < batch.length; i++) {
      if (!mayMap(batch, i)) continue;
      const order = batch.order[i]!;
      const src = batch.src[i]!;
      // A walker that found the frame by its number has a reference, and may have changed it. So it is copied again.
      batch.errno[i] = hasReferences(this.memory, src, 1 << order) ? ERRNO.EAGAIN : 0;
      if (batch.errno[i] !== 0) continue;
      this.#mapAt(batch, i, batch.dst[i]!);
      this.#freeSource(batch, i);
      this.#pagesMovedSingly += 1 << order;
      this.#orders[order]!++;
    }
    this.#costs.map(this.#orders);
  }

  undo(batch: Batch): void {
    this.onPoint?.('undo');
    this.#orders.fill(0);
    for (let i = 0; i < batch.length; i++) {
      if (batch.state[i] !== FOLIO_UNMAPPED) continue;
      // The folio keeps its frame. A device that still reads it does no harm.
      this.#quarantined.forgetSource(batch.src[i]!);
      this.#mapAt(batch, i, batch.src[i]!);
      batch.state[i] = FOLIO_ISOLATED;
      this.#orders[batch.order[i]!]!++;
    }
    this.#costs.map(this.#orders);
  }

  /** Time that the migrating thread has worked. */
  get cpuNs(): number {
    return this.#processor.times.sys;
  }

  /** The migrating thread sleeps until `isOver`, for `nanoseconds` at most. */
  sleepUntil(isOver: () => boolean, nanoseconds: number): void {
    this.onPoint?.('wait');
    this.#processor.sleepUntil(isOver, nanoseconds);
  }

  pause(mode: MigrateMode, _pass: number): void {
    this.onPoint?.('pause');
    if (mode !== 'async') this.#processor.sleep(mode === 'sync' ? PAUSE_NS : YIELD_NS);
  }

  /** The books, counted frame by frame. */
  books(): MachineBooks {
    return booksOf(this.memory, new Set(this.#spaces), this.#out);
  }

  /** Unmaps whole page tables, by one call for each run of them. The rest is left to `unmap`. */
  #unmapTables(batch: Batch, tables: TableMoves): void {
    const space = this.#spaces[batch.space]!;
    // Pins are checked when the table has left.
    const leaves = (i: number): boolean => {
      if (!batch.mayUnmap(i)) return false;
      const errno = whyNotUnmapped(this.memory, space, batch.page[i]!, 1 << batch.order[i]!);
      return errno === 0 || errno === ERRNO.EAGAIN;
    };
    for (let from = 0; from < batch.length; ) {
      const to = endOfTables(batch, from, leaves);
      if (to === from) {
        from++;
        continue;
      }
      tables.leave(batch, space, from, to);
      this.#costs.tablesLeave(tablesOf(batch, from, to));
      this.onPoint?.('left');
      if (tables.hasReferences(batch, from, to)) {
        tables.undo(batch, space, from, to);
        batch.src.fill(NO_FRAME, from, to);
        this.#costs.tablesArrive(tablesOf(batch, from, to));
      } else {
        for (let i = from; i < to; i++) this.#noteUnmapped(batch, i, space);
      }
      from = to;
    }
  }

  /** Maps whole page tables, by one call for each run of them. The rest is left to `map`. */
  #mapTables(batch: Batch, tables: TableMoves): void {
    const space = this.#spaces[batch.space]!;
    const arrives = (i: number): boolean => mayMap(batch, i) && !tables.hasReferences(batch, i, i + 1);
    for (let from = 0; from < batch.length; ) {
      const to = endOfTables(batch, from, arrives);
      if (to === from) {
        from++;
        continue;
      }
      tables.arrive(batch, space, from, to);
      this.#out -= to - from;
      for (let i = from; i < to; i++) {
        this.#freeSource(batch, i);
        batch.errno[i] = 0;
      }
      this.#costs.tablesArrive(tablesOf(batch, from, to));
      from = to;
    }
  }

  #unmapFolio(batch: Batch, i: number): void {
    const space = this.#spaces[batch.space]!;
    const page = batch.page[i]!;
    const pages = 1 << batch.order[i]!;
    batch.errno[i] = whyNotUnmapped(this.memory, space, page, pages);
    if (batch.errno[i] !== 0) return;
    batch.src[i] = unmapFolio(this.memory, space, page, pages);
    this.#noteUnmapped(batch, i, space);
    this.#orders[batch.order[i]!]!++;
  }

  #noteUnmapped(batch: Batch, i: number, space: AddressSpace): void {
    this.#stale.push(space.id, batch.page[i]!, 1 << batch.order[i]!);
    batch.state[i] = FOLIO_UNMAPPED;
    batch.errno[i] = 0;
    this.#out++;
  }

  /** Frees the source of a folio that has moved. */
  #freeSource(batch: Batch, i: number): void {
    const order = batch.order[i]!;
    const src = batch.src[i]!;
    if (!this.#quarantined.leave(src, order)) this.memory.give(src, order);
    const page = batch.page[i]!;
    fillRange(this.#spaces[batch.space]!.shared, 0, page, page + (1 << order));
    batch.state[i] = FOLIO_MOVED;
  }

  #mapAt(batch: Batch, i: number, frame: number): void {
    const space = this.#spaces[batch.space]!;
    const page = batch.page[i]!;
    const pages = 1 << batch.order[i]!;
    mapFolio(this.memory, space, page, pages, frame);
    this.#out--;
    space.wake(page, pages);
  }

  /** Maps zeroed frames of the home node, at the first touch of a page. Returns the first frame, or -1. */
  fault(space: AddressSpace, page: number, order = 0): number {
    const frame = this.memory.take(space.home, order);
    if (frame < 0) return -1;
    this.memory.content.fill(frame, 1 << order, 0);
    mapFolio(this.memory, space, page, 1 << order, frame);
    fillRange(this.memory.lru, 1, frame, frame + (1 << order));
    return frame;
  }

  /** The program drops a page (MADV_DONTNEED). */
  forget(space: AddressSpace, page: number): void {
    const frame = space.table[page]!;
    if (frame < 0) return;
    space.table[page] = PTE_NONE;
    space.writeProtected[page] = 0;
    space.shared[page] = 0;
    for (const tlb of space.tlbs) tlb.forget(page, 1);
    this.memory.give(frame, 0);
  }

  /** The kernel collects 2 MiB of present pages in consecutive frames (khugepaged). */
  collapse(space: AddressSpace, page: number, frame: number): void {
    const { memory } = this;
    for (let k = 0; k < PMD_PAGES; k++) {
      const from = space.table[page + k]!;
      memory.content.copy(frame + k, from, 1);
      memory.give(from, 0);
    }
    mapFolio(memory, space, page, PMD_PAGES, frame);
    memory.lru.fill(1, frame, frame + PMD_PAGES);
    for (const tlb of space.tlbs) tlb.forget(page, PMD_PAGES);
    this.#costs.copy(PMD_PAGES);
  }

  /** Whether any frame is quarantined. */
  get hasQuarantined(): boolean {
    return this.memory.state.includes(FRAME_QUARANTINED);
  }
}

function mayMap({ state, ready }: Batch, index: number): boolean {
  return ready[index] === 1 && state[index] === FOLIO_UNMAPPED;
}
