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

/** Bytes left to the node's other users. The pool stops there, so that it does not wake the out-of-memory killer. */
const RESERVE_BYTES = 64 * 1024 * 1024;
/** Chunks prefilled between two checks of the node's free memory. */
const CHUNKS_PER_CHECK = 16;

/** Unneeded free pages outside of the pool. */
export interface Surplus {
  readonly address: Address;
  /** Called after the pages, or as many of them as possible, were moved away. */
  taken(): void;
}

/** Moves surplus to an address that is registered and empty. False, with nothing there, if not all of it can be moved. */
export function moveSurplus(uffd: Userfaultfd, surplus: Surplus, to: Address): boolean {
  const moved = uffd.moveOwn(to, surplus.address, PMD_SIZE) === PMD_SIZE;
  surplus.taken();
  if (!moved) uffd.discard(to, PMD_SIZE);
  return moved;
}

export interface NodePoolOptions {
  readonly numaNode: number;
  /** Address of the pool's first frame. The pool has `chunks` × 2 MiB from here. */
  readonly address: Address;
  readonly firstFrame: number;
  readonly chunks: number;
  /** Maximum number of base pages on the node, including the program's. Infinity: the host's memory is the limit. */
  readonly capacityPages: number;
  readonly uffd: Userfaultfd;
  readonly pagemap: Pagemap;
  /** Called when the node has little memory left. True if some of the ferry's own was freed. */
  readonly reclaim: () => boolean;
  /** Returns 2 MiB of small free pages of the node outside of the pool. Undefined if there are none. */
  readonly surplus: () => Surplus | undefined;
}

/**
 * A node's memory for the engine: a range of addresses that is bound to the node. It consists of free pages and empty
 * slots.
 *
 * The range is registered with the userfaultfd, because unmapped folios are moved into its empty slots. A thread of the
 * engine that touched an empty slot would wait for itself. So fresh pages are faulted in elsewhere, in a *staging area* of
 * one chunk, and moved into the pool from there.
 */
export class NodePool {
  readonly table: FrameTable;
  readonly numaNode: number;
  readonly capacityPages: number;
  /** Program pages on this node. */
  programPages = 0;
  /** Pages taken as destinations that are not in the program's range yet. */
  promisedPages = 0;
  readonly #address: Address;
  readonly #uffd: Userfaultfd;
  readonly #pagemap: Pagemap;
  readonly #reclaim: () => boolean;
  readonly #surplus: () => Surplus | undefined;
  readonly #smallStaging: Mapping;
  readonly #hugeStaging: Mapping;
  #checkIn = 0;
  #hugePagesFail = 0;

  constructor(options: NodePoolOptions) {
    this.numaNode = options.numaNode;
    this.capacityPages = options.capacityPages;
    this.#address = options.address;
    // A huge page that is broken up is split: otherwise small folios that fill it would arrive by one call as that page.
    this.table = new FrameTable(options.firstFrame, options.chunks, (frame) =>
      splitHugePage(this.addressOf(frame)),
    );
    this.#uffd = options.uffd;
    this.#pagemap = options.pagemap;
    this.#reclaim = options.reclaim;
    this.#surplus = options.surplus;
    this.#smallStaging = this.#staging(MADV_NOHUGEPAGE);
    this.#hugeStaging = this.#staging(MADV_HUGEPAGE);
  }

  /** Frames that may still become destinations within the node's capacity. */
  get pagesFree(): number {
    return Math.max(0, this.capacityPages - this.programPages - this.promisedPages);
  }

  addressOf(frame: number): Address {
    return this.#address + (frame - this.table.first) * PAGE_SIZE;
  }

  /**
   * Takes a destination of `order`, from the free pages of the pool or fresh from the node. Returns its first frame, or
   * NO_FRAME if the node has no memory of that size left.
   * @param counts Whether it needs room within the capacity. Pages that are already on the node do not.
   */
  take(order: number, counts = true): number {
    const pages = 1 << order;
    if (counts && this.capacityPages !== Number.POSITIVE_INFINITY && pages > this.pagesFree) return NO_FRAME;
    const huge = pages === PMD_PAGES;
    if (huge && !this.table.hasFreeHugePage) this.#prefillChunk(true);
    const frame = this.table.takeFree(order);
    if (frame !== NO_FRAME || huge) return frame;
    return this.#prefillChunk(false) ? this.table.takeFree(order) : NO_FRAME;
  }

  /**
   * Takes an empty slot for an unmapped folio of `order`. If all empty slots are scattered, it drops some free pages.
   * NO_FRAME only if everything is in flight.
   */
  takeEmpty(order: number): number {
    let frame = this.table.takeEmpty(order);
    while (frame === NO_FRAME && this.#dropSurplus()) frame = this.table.takeEmpty(order);
    if (frame !== NO_FRAME && 1 << order === PMD_PAGES) this.readyForHuge(frame);
    return frame;
  }

  /** Drops an empty page table in the chunk at `frame`, which would make the kernel map a 2 MiB page as 512 small ones. */
  readyForHuge(frame: number): void {
    if (!this.table.mayHaveTable(frame)) return;
    this.#uffd.discard(this.addressOf(frame), PMD_SIZE);
    this.table.tableGone(frame);
  }

  /** Prefills at least `pages` more base pages. Returns how many it added. */
  prefill(pages: number, huge: boolean): number {
    const before = this.table.freeFrames;
    while (this.table.freeFrames - before < pages && this.#prefillChunk(huge)) {
      // each chunk is 512 pages
    }
    return this.table.freeFrames - before;
  }

  /** Frees free pages to the node until at most `pages` are left. */
  trim(pages: number): void {
    while (this.table.freeFrames > pages && this.#dropSurplus()) {
      // each round empties one chunk
    }
  }

  /** The staging areas. They are empty outside of `prefill` and `take`. */
  get stagingAreas(): readonly Mapping[] {
    return [this.#smallStaging, this.#hugeStaging];
  }

  close(): void {
    this.#smallStaging.unmap();
    this.#hugeStaging.unmap();
  }

  /**
   * Moves the 2 MiB of free small pages at `frame` (from FrameTable.smallChunk) to an address outside of the pool that is
   * registered and empty. False, with nothing there, if not all of them can be moved.
   */
  moveFreeTo(frame: number, address: Address): boolean {
    const moved = this.#uffd.moveOwn(address, this.addressOf(frame), PMD_SIZE);
    this.table.takeFreeAt(frame, PMD_PAGES);
    this.table.putEmpty(frame, moved / PAGE_SIZE);
    if (moved < PMD_SIZE) {
      this.table.putFree(frame + moved / PAGE_SIZE, PMD_PAGES - moved / PAGE_SIZE);
      this.#uffd.discard(address, PMD_SIZE);
    }
    return moved === PMD_SIZE;
  }

  /** The same with fresh small pages from the node. Also false if the node has no more memory. */
  moveFreshTo(address: Address): boolean {
    const { address: staging } = this.#smallStaging;
    if (!this.#memoryLeft()) return false;
    const moved =
      advise(staging, PMD_SIZE, MADV_POPULATE_WRITE) === 0
        ? this.#uffd.moveOwn(address, staging, PMD_SIZE)
        : 0;
    // Drops the remains of an incomplete call on both sides.
    if (moved < PMD_SIZE) this.#uffd.discard(address, PMD_SIZE);
    advise(staging, PMD_SIZE, MADV_DONTNEED);
    return moved === PMD_SIZE;
  }

  #staging(advice: number): Mapping {
    const mapping = reserve(PMD_SIZE);
    bindToNode(mapping.address, mapping.bytes, this.numaNode);
    advise(mapping.address, mapping.bytes, advice);
    advise(mapping.address, mapping.bytes, MADV_DONTFORK);
    return mapping;
  }

  #prefillChunk(huge: boolean): boolean {
    if (huge && this.#hugePagesFail > 3) huge = false;
    const frame = this.#emptyChunk();
    if (frame === NO_FRAME) return false;
    if (!huge && this.#borrow(frame)) return true;
    if (!this.#memoryLeft()) return false;
    const staging = huge ? this.#hugeStaging : this.#smallStaging;
    // A failed call may have left a part of it, which is dropped.
    if (advise(staging.address, PMD_SIZE, MADV_POPULATE_WRITE) !== 0) {
      advise(staging.address, PMD_SIZE, MADV_DONTNEED);
      return false;
    }
    let isHuge = false;
    if (huge) {
      this.#pagemap.hugeRanges(staging.address, PMD_SIZE, () => {
        isHuge = true;
      });
      // A host without transparent huge pages fails every time. After some failures huge pages are not tried any more.
      this.#hugePagesFail = isHuge ? 0 : this.#hugePagesFail + 1;
    }
    this.readyForHuge(frame);
    const address = this.addressOf(frame);
    const moved = this.#uffd.moveOwn(address, staging.address, PMD_SIZE);
    if (moved < PMD_SIZE) {
      this.#uffd.discard(address, PMD_SIZE);
      advise(staging.address, PMD_SIZE, MADV_DONTNEED);
      return false;
    }
    // It arrives as small pages if the kernel did not free the chunk's old page table (before about 6.14).
    let arrivedHuge = false;
    if (isHuge) {
      this.#pagemap.hugeRanges(address, PMD_SIZE, () => {
        arrivedHuge = true;
      });
    }
    this.table.fillChunk(frame, arrivedHuge);
    advise(staging.address, PMD_SIZE, MADV_DONTNEED);
    return true;
  }

  /** Moves free pages from outside of the pool into an empty chunk. Moved pages need not be cleared. */
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
    if (this.#checkIn > 0) {
      this.#checkIn--;
      return true;
    }
    while (availableBytes(this.numaNode) < RESERVE_BYTES + CHUNKS_PER_CHECK * PMD_SIZE) {
      if (!this.#reclaim()) return false;
    }
    this.#checkIn = CHUNKS_PER_CHECK - 1;
    return true;
  }

  /** Drops scattered free pages to get an empty chunk. A whole chunk of free pages is more useful as it is. */
  #dropPartialSurplus(): boolean {
    const frame = this.table.surplusChunk();
    if (frame === NO_FRAME || this.table.freeOf(frame) === PMD_PAGES) return false;
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
