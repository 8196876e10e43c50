import { type Batch, NO_FRAME } from '../mm/batch.js';
import { ERRNO } from '../mm/errno.js';
import { FOLIO_ISOLATED, FOLIO_MOVED, FOLIO_UNMAPPED } from '../mm/folio-state.js';
import { MAX_ORDER, PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../mm/page.js';
import type { AddressSpace } from './address-space.js';
import type { Journal } from './journal.js';
import type { Address } from './libc.js';
import type { PlacementQuery } from './mempolicy.js';
import { advise, MADV_DONTNEED } from './mman.js';
import type { NodePool } from './node-pool.js';
import type { NodePools } from './node-pools.js';
import { PageReturn } from './page-return.js';
import { PAGE_OCCUPIED, PAGE_PRESENT, type Pagemap } from './pagemap.js';
import type { Userfaultfd } from './userfaultfd.js';

/** What folios are moved with. */
export interface FolioMovesOptions {
  readonly uffd: Userfaultfd;
  readonly pagemap: Pagemap;
  readonly pools: NodePools;
  readonly journal: Journal;
  /** On a host with several NUMA nodes: who knows where a page really lies. */
  readonly placement: PlacementQuery | undefined;
}

/**
 * Takes the folios of a batch out of the program's range and brings them in again, run by run: folios that are
 * neighbours in the program and in the pool go by one call. Keeps the pools' books and the journal.
 */
export class FolioMoves {
  readonly #uffd: Userfaultfd;
  readonly #pagemap: Pagemap;
  readonly #pools: NodePools;
  readonly #journal: Journal;
  readonly #placement: PlacementQuery | undefined;
  readonly #return: PageReturn;
  /** Folios that are unmapped right now. */
  #out = 0;

  constructor({ uffd, pagemap, pools, journal, placement }: FolioMovesOptions) {
    this.#uffd = uffd;
    this.#pagemap = pagemap;
    this.#pools = pools;
    this.#journal = journal;
    this.#placement = placement;
    this.#return = new PageReturn(uffd, pagemap);
  }

  /** See Machine.unmap. */
  unmap(batch: Batch, space: AddressSpace): void {
    const { length, page, order, state, src, errno } = batch;
    let first = 0;
    while (first < length) {
      if (state[first] !== FOLIO_ISOLATED) {
        first++;
        continue;
      }
      const node = space.nodeAt(page[first]!);
      const pool = this.#pools.all[node]!;
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
      this.#journal.leaving(page[first]! * PAGE_SIZE, this.#pools.addressOf(frame), pages);
      const out = this.#out;
      this.#unmapRun(batch, first, end, pool);
      if (this.#out - out < end - first) this.#correctJournal(batch, first, end);
      first = end;
    }
    if (this.#out === 0) this.#journal.clear();
  }

  /** See Machine.map. */
  map(batch: Batch, space: AddressSpace): void {
    const { length, state, dst, ready } = batch;
    let first = 0;
    while (first < length) {
      if (state[first] !== FOLIO_UNMAPPED || ready[first] === 0) {
        first++;
        continue;
      }
      const end = endOfRun(batch, first, dst);
      this.#mapRun(batch, first, end, space);
      first = end;
    }
  }

  /** See Machine.restore. */
  restore(batch: Batch): void {
    const { length, page, order, state, src } = batch;
    let first = 0;
    while (first < length) {
      if (state[first] !== FOLIO_UNMAPPED) {
        first++;
        continue;
      }
      const end = endOfRun(batch, first, src);
      const pages = src[end - 1]! + (1 << order[end - 1]!) - src[first]!;
      this.#clearTables(batch, first, end, src);
      this.#bringBack(page[first]!, src[first]!, pages);
      this.#back(end - first);
      for (let i = first; i < end; i++) {
        this.#pools.of(src[i]!).table.putHole(src[i]!, 1 << order[i]!);
        src[i] = NO_FRAME;
        state[i] = FOLIO_ISOLATED;
      }
      first = end;
    }
  }

  /** Moves a run of folios that are neighbours on both sides out of the program's range. */
  #unmapRun(batch: Batch, from: number, to: number, pool: NodePool): void {
    const { page, order, state, src, errno } = batch;
    let first = from;
    let end = to;
    while (first < to) {
      const pages = src[end - 1]! + (1 << order[end - 1]!) - src[first]!;
      const bytes = this.#uffd.move(
        this.#pools.addressOf(src[first]!),
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
      runs.push([page[first]! * PAGE_SIZE, this.#pools.addressOf(src[first]!), pages]);
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
        this.#pagemap.read(page * PAGE_SIZE, 1, bits);
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
    const base = this.#pools.addressOf(src[first]!);
    this.#pagemap.hugeRanges(base, chunks * PMD_SIZE, (address, bytes) => {
      for (let offset = 0; offset < bytes; offset += PMD_SIZE) {
        pool.table.setHuge(src[first]! + (address + offset - base) / PAGE_SIZE, true);
      }
    });
  }

  /** Moves a run of copied folios into the program's range. */
  #mapRun(batch: Batch, from: number, to: number, space: AddressSpace): void {
    const { page, order, dst, errno } = batch;
    this.#clearTables(batch, from, to, dst);
    const node = this.#pools.nodeOf(dst[from]!);
    let first = from;
    let end = to;
    while (first < to) {
      const pages = dst[end - 1]! + (1 << order[end - 1]!) - dst[first]!;
      let moved = this.#return.insist(
        page[first]! * PAGE_SIZE,
        this.#pools.addressOf(dst[first]!),
        pages * PAGE_SIZE,
      );
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

  /** The books of folios that have arrived: what they landed in is stock of their old node now. */
  #settleMapped(batch: Batch, from: number, to: number, space: AddressSpace, node: number): void {
    if (from === to) return;
    this.#back(to - from);
    const { page, order, state, src, dst, errno } = batch;
    let pages = 0;
    for (let first = from; first < to; ) {
      let run = 1 << order[first]!;
      let end = first + 1;
      const source = this.#pools.of(src[first]!);
      // The last frame of one pool and the first of the next are neighbours, but not of one node.
      const poolEnd = source.table.first + source.table.frames;
      while (end < to && src[end] === src[first]! + run && src[end]! < poolEnd) {
        run += 1 << order[end]!;
        end++;
      }
      source.table.putStock(src[first]!, run);
      source.programPages -= run;
      this.#dropStrays(source, src[first]!, run);
      pages += run;
      first = end;
    }
    const target = this.#pools.all[node]!;
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
    this.#pools.all[space.nodeAt(page[index]!)]!.programPages -= mapped;
    this.#pools.all[node]!.programPages += mapped;
    space.arrive(page[index]!, mapped, node);
    const source = this.#pools.of(src[index]!);
    const target = this.#pools.of(dst[index]!);
    source.table.putStock(src[index]!, mapped);
    source.table.putHole(src[index]! + mapped, pages - mapped);
    target.table.putHole(dst[index]!, mapped);
    target.table.putStock(dst[index]! + mapped, pages - mapped);
    target.promisedPages -= pages;
    this.#dropStrays(source, src[index]!, mapped);
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
      if (batch.order[i] !== MAX_ORDER || !this.#pools.of(frames[i]!).table.isHuge(frames[i]!)) continue;
      if (this.#pools.of(batch.src[i]!).table.isHuge(batch.src[i]!)) continue;
      advise(batch.page[i]! * PAGE_SIZE, PMD_SIZE, MADV_DONTNEED);
    }
  }

  #bringBack(page: number, frame: number, pages: number): void {
    this.#return.bringBack(page * PAGE_SIZE, this.#pools.addressOf(frame), pages);
  }

  /**
   * The kernel may have moved a page between the question where it lies and its unmapping. In the pool of the
   * wrong node it would pass for a page of that node for ever, so what is not on the node is given back.
   */
  #dropStrays(pool: NodePool, frame: number, pages: number): void {
    if (this.#placement === undefined) return;
    let strays = false;
    this.#placement.range(this.#pools.addressOf(frame), pages, (_, status) => {
      if (status >= 0 && status !== pool.numaNode) strays = true;
    });
    if (strays) pool.dropStock(frame, pages);
  }

  /** So many folios are mapped again. */
  #back(folios: number): void {
    this.#out -= folios;
    if (this.#out === 0) this.#journal.clear();
  }
}

/**
 * End of the run of unmapped folios that starts at `first`: neighbours in the program and in `frames`, all ready to
 * be mapped or none.
 */
function endOfRun(batch: Batch, first: number, frames: Uint32Array): number {
  const { length, page, order, state, ready } = batch;
  let pages = 1 << order[first]!;
  let end = first + 1;
  while (
    end < length &&
    state[end] === FOLIO_UNMAPPED &&
    ready[end] === ready[first] &&
    page[end] === page[first]! + pages &&
    frames[end] === frames[first]! + pages
  ) {
    pages += 1 << order[end]!;
    end++;
  }
  return end;
}
