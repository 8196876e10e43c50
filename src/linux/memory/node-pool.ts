import { PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../../common/page.js';
import { NO_FRAME } from '../../mm/pipeline/batch.js';
import type { Address } from '../sys/libc.js';
import { bindToNode } from '../sys/mempolicy.js';
import {
  advise,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_HUGEPAGE,
  MADV_NOHUGEPAGE,
  MADV_POPULATE_WRITE,
  type Mapping,
  reserve,
  splitHugePage,
} from '../sys/mman.js';
import type { Pagemap } from '../sys/pagemap.js';
import { availableBytes } from '../sys/topology.js';
import type { Userfaultfd } from '../userfaultfd/userfaultfd.js';
import { FrameTable } from './frame-table.js';

/** Left to the node's other users: the pool stops there rather than wake the out-of-memory killer. */
const RESERVE_BYTES = 64 * 1024 * 1024;
/** Chunks stocked between two looks at how much memory the node has left. */
const CHUNKS_PER_LOOK = 16;

/** Free pages that somebody else has and does not need at the moment. */
export interface Surplus {
  readonly address: Address;
  /** Called when they were moved away, or what of them could be. */
  taken(): void;
}

/** Moves surplus to an address that is registered and empty. False, with nothing there, when it cannot all be moved. */
export function moveSurplus(uffd: Userfaultfd, surplus: Surplus, to: Address): boolean {
  const moved = uffd.moveOwn(to, surplus.address, PMD_SIZE) === PMD_SIZE;
  surplus.taken();
  if (!moved) uffd.discard(to, PMD_SIZE);
  return moved;
}

export interface NodePoolOptions {
  readonly numaNode: number;
  /** Address of the pool's first frame; `chunks` × 2 MiB from here are the pool's. */
  readonly address: Address;
  readonly firstFrame: number;
  readonly chunks: number;
  /** Base pages that the node may hold at most, those of the program included; Infinity: what the host has. */
  readonly capacityPages: number;
  readonly uffd: Userfaultfd;
  readonly pagemap: Pagemap;
  /** Asked for memory when the node has little left. True: some of the ferry's own was given back. */
  readonly reclaim: () => boolean;
  /** Asked for 2 MiB of small free pages of the node that lie outside of the pool; undefined: there are none. */
  readonly surplus: () => Surplus | undefined;
}

/**
 * A node's memory as the engine sees it: a range of addresses bound to the node, part stock, part holes.
 *
 * The range is registered with the userfaultfd, as unmapped folios are moved into its holes. A thread of
 * the engine that touched a hole would wait for itself, so fresh pages are faulted in elsewhere, in a
 * *nursery* of one chunk, and moved into the pool from there.
 */
export class NodePool {
  readonly table: FrameTable;
  readonly numaNode: number;
  readonly capacityPages: number;
  /** Pages of program memory that lie on this node. */
  programPages = 0;
  /** Pages taken as destinations that are not in the program's range yet. */
  promisedPages = 0;
  readonly #address: Address;
  readonly #uffd: Userfaultfd;
  readonly #pagemap: Pagemap;
  readonly #reclaim: () => boolean;
  readonly #surplus: () => Surplus | undefined;
  readonly #smallNursery: Mapping;
  readonly #hugeNursery: Mapping;
  #looksIn = 0;
  #hugePagesFail = 0;

  constructor(options: NodePoolOptions) {
    this.numaNode = options.numaNode;
    this.capacityPages = options.capacityPages;
    this.#address = options.address;
    // Else small folios side by side, moved by one call, would arrive as the one huge page that they were taken from.
    this.table = new FrameTable(options.firstFrame, options.chunks, (frame) =>
      splitHugePage(this.addressOf(frame)),
    );
    this.#uffd = options.uffd;
    this.#pagemap = options.pagemap;
    this.#reclaim = options.reclaim;
    this.#surplus = options.surplus;
    this.#smallNursery = this.#nursery(MADV_NOHUGEPAGE);
    this.#hugeNursery = this.#nursery(MADV_HUGEPAGE);
  }

  /** Frames that could still become destinations before the node's capacity is reached. */
  get pagesFree(): number {
    return Math.max(0, this.capacityPages - this.programPages - this.promisedPages);
  }

  addressOf(frame: number): Address {
    return this.#address + (frame - this.table.first) * PAGE_SIZE;
  }

  /**
   * Takes a destination of `order`, from stock or freshly from the node. Returns its first frame, or
   * NO_FRAME when the node has no memory of that size left.
   * @param counts whether it needs room within the capacity: not what lies on the node already.
   */
  take(order: number, counts = true): number {
    const pages = 1 << order;
    if (counts && this.capacityPages !== Number.POSITIVE_INFINITY && pages > this.pagesFree) return NO_FRAME;
    const huge = pages === PMD_PAGES;
    if (huge && !this.table.hasHugeStock) this.#stockChunk(true);
    const frame = this.table.takeStock(order);
    if (frame !== NO_FRAME || huge) return frame;
    return this.#stockChunk(false) ? this.table.takeStock(order) : NO_FRAME;
  }

  /**
   * Takes a hole for a folio of `order` to land in. A pool whose holes are all scattered drops some stock.
   * NO_FRAME only when everything is in flight.
   */
  takeHole(order: number): number {
    let frame = this.table.takeHole(order);
    while (frame === NO_FRAME && this.#dropSurplus()) frame = this.table.takeHole(order);
    if (frame !== NO_FRAME && 1 << order === PMD_PAGES) this.readyForHuge(frame);
    return frame;
  }

  /** An empty page table in the chunk at `frame` would have a 2 MiB page mapped as 512 small ones. */
  readyForHuge(frame: number): void {
    if (!this.table.mayHaveTable(frame)) return;
    this.#uffd.discard(this.addressOf(frame), PMD_SIZE);
    this.table.tableGone(frame);
  }

  /** Stocks at least `pages` more base pages. Returns how many were. */
  stock(pages: number, huge: boolean): number {
    const before = this.table.stockFrames;
    while (this.table.stockFrames - before < pages && this.#stockChunk(huge)) {
      // each chunk is 512 pages
    }
    return this.table.stockFrames - before;
  }

  /** Gives stock back to the node until at most `pages` are left. */
  trim(pages: number): void {
    while (this.table.stockFrames > pages && this.#dropSurplus()) {
      // each round empties one chunk
    }
  }

  /** Where fresh pages are faulted in; empty outside of `stock` and `take`. */
  get nurseries(): readonly Mapping[] {
    return [this.#smallNursery, this.#hugeNursery];
  }

  close(): void {
    this.#smallNursery.unmap();
    this.#hugeNursery.unmap();
  }

  /**
   * Moves 2 MiB of small pages from stock, `frame` as FrameTable.smallChunk has found it, to an address outside of the
   * pool that is registered and empty. False, with nothing there, when they cannot all be moved.
   */
  moveStockTo(frame: number, address: Address): boolean {
    const moved = this.#uffd.moveOwn(address, this.addressOf(frame), PMD_SIZE);
    this.table.takeBack(frame, PMD_PAGES);
    this.table.putHole(frame, moved / PAGE_SIZE);
    if (moved < PMD_SIZE) {
      this.table.putStock(frame + moved / PAGE_SIZE, PMD_PAGES - moved / PAGE_SIZE);
      this.#uffd.discard(address, PMD_SIZE);
    }
    return moved === PMD_SIZE;
  }

  /** The same with small pages that come fresh from the node. False also when the node has no more memory. */
  moveFreshTo(address: Address): boolean {
    const { address: nursery } = this.#smallNursery;
    if (!this.#memoryLeft()) return false;
    const moved =
      advise(nursery, PMD_SIZE, MADV_POPULATE_WRITE) === 0
        ? this.#uffd.moveOwn(address, nursery, PMD_SIZE)
        : 0;
    // What an incomplete call leaves behind is dropped on both sides.
    if (moved < PMD_SIZE) this.#uffd.discard(address, PMD_SIZE);
    advise(nursery, PMD_SIZE, MADV_DONTNEED);
    return moved === PMD_SIZE;
  }

  #nursery(advice: number): Mapping {
    const mapping = reserve(PMD_SIZE);
    bindToNode(mapping.address, mapping.bytes, this.numaNode);
    advise(mapping.address, mapping.bytes, advice);
    advise(mapping.address, mapping.bytes, MADV_DONTFORK);
    return mapping;
  }

  #stockChunk(huge: boolean): boolean {
    if (huge && this.#hugePagesFail > 3) huge = false;
    const frame = this.#emptyChunk();
    if (frame === NO_FRAME) return false;
    if (!huge && this.#borrow(frame)) return true;
    if (!this.#memoryLeft()) return false;
    const nursery = huge ? this.#hugeNursery : this.#smallNursery;
    // A failed call may have left part of it: it is dropped again below.
    if (advise(nursery.address, PMD_SIZE, MADV_POPULATE_WRITE) !== 0) {
      advise(nursery.address, PMD_SIZE, MADV_DONTNEED);
      return false;
    }
    let isHuge = false;
    if (huge) {
      this.#pagemap.hugeRanges(nursery.address, PMD_SIZE, () => {
        isHuge = true;
      });
      // A host without transparent huge pages would fail every time: stop asking for them.
      this.#hugePagesFail = isHuge ? 0 : this.#hugePagesFail + 1;
    }
    this.readyForHuge(frame);
    const address = this.addressOf(frame);
    const moved = this.#uffd.moveOwn(address, nursery.address, PMD_SIZE);
    if (moved < PMD_SIZE) {
      this.#uffd.discard(address, PMD_SIZE);
      advise(nursery.address, PMD_SIZE, MADV_DONTNEED);
      return false;
    }
    // It arrives as small pages where the kernel did not free the chunk's old page table (before about 6.14).
    let arrivedHuge = false;
    if (isHuge) {
      this.#pagemap.hugeRanges(address, PMD_SIZE, () => {
        arrivedHuge = true;
      });
    }
    this.table.fillChunk(frame, arrivedHuge);
    advise(nursery.address, PMD_SIZE, MADV_DONTNEED);
    return true;
  }

  /** Free pages from outside of the pool into an empty chunk: moved, they need not be cleared. */
  #borrow(frame: number): boolean {
    const surplus = this.#surplus();
    if (surplus === undefined) return false;
    const moved = moveSurplus(this.#uffd, surplus, this.addressOf(frame));
    if (moved) this.table.fillChunk(frame, false);
    return moved;
  }

  #emptyChunk(): number {
    let frame = this.table.emptyChunk();
    while (frame === NO_FRAME && this.#dropPartialSurplus()) frame = this.table.emptyChunk();
    return frame;
  }

  #memoryLeft(): boolean {
    if (this.#looksIn > 0) {
      this.#looksIn--;
      return true;
    }
    while (availableBytes(this.numaNode) < RESERVE_BYTES + CHUNKS_PER_LOOK * PMD_SIZE) {
      if (!this.#reclaim()) return false;
    }
    this.#looksIn = CHUNKS_PER_LOOK - 1;
    return true;
  }

  /** Scattered stock is dropped to make an empty chunk, but a whole chunk of stock is of more use as it is. */
  #dropPartialSurplus(): boolean {
    const frame = this.table.surplusChunk();
    if (frame === NO_FRAME || this.table.stockOf(frame) === PMD_PAGES) return false;
    return this.#drop(frame);
  }

  #dropSurplus(): boolean {
    const frame = this.table.surplusChunk();
    return frame !== NO_FRAME && this.#drop(frame);
  }

  #drop(frame: number): boolean {
    this.#uffd.discard(this.addressOf(frame), PMD_SIZE);
    this.table.clearChunk(frame);
    return true;
  }
}
