import { ERRNO } from '../../common/errno.js';
import { MAX_ORDER, PAGE_SIZE, PMD_PAGES } from '../../common/page.js';
import { type Batch, NO_FRAME } from '../../mm/pipeline/batch.js';
import { FOLIO_ISOLATED, FOLIO_MOVED, FOLIO_UNMAPPED } from '../../mm/pipeline/folio-state.js';
import type { PlacementQuery } from '../sys/mempolicy.js';
import { isWholeTables } from '../tables/shadows.js';
import type { TablePolicy } from '../tables/table-policy.js';
import type { Userfaultfd } from '../userfaultfd/userfaultfd.js';
import { type AddressSpace, GONE } from './address-space.js';
import type { MachineParts } from './machine-parts.js';
import type { MemoryChanges } from './memory-changes.js';
import type { NodePool } from './node-pool.js';
import type { NodePools } from './node-pools.js';
import type { PageUndo } from './page-undo.js';
import type { PagesOut } from './pages-out.js';
import type { Quarantine } from './quarantine.js';

/**
 * Maps the folios of a batch in the program's range, on the target or at their source, run by run. Updates the books of the
 * frames that they leave.
 */
export class FolioMap {
  readonly #uffd: Userfaultfd;
  readonly #pools: NodePools;
  readonly #out: PagesOut;
  readonly #quarantine: Quarantine;
  readonly #placement: PlacementQuery | undefined;
  readonly #pageUndo: PageUndo;
  readonly #tables: TablePolicy | undefined;
  readonly #changes: MemoryChanges;
  /** Base pages that have arrived in the program by UFFDIO_MOVE. */
  pagesMoved = 0;
  /** Page tables that have arrived on their target by mremap, without those that were undone. */
  tablesMoved = 0;

  constructor({ uffd, pools, out, quarantine, placement, pageUndo, tables, changes }: MachineParts) {
    this.#changes = changes;
    this.#uffd = uffd;
    this.#pools = pools;
    this.#out = out;
    this.#quarantine = quarantine;
    this.#placement = placement;
    this.#pageUndo = pageUndo;
    this.#tables = tables;
  }

  /** See Machine.map. */
  map(batch: Batch, space: AddressSpace): void {
    this.#changes.sync();
    if (space.lost && this.#failGone(batch, space)) {
      this.#mapReady(batch, space);
      if (batch.shape === 'whole') batch.mappedWhole();
      return;
    }
    if (batch.shape === 'whole') {
      this.#arriveOrMap(batch, 0, batch.length, space);
      batch.mappedWhole();
      return;
    }
    this.#mapReady(batch, space);
  }

  /** Skips folios whose address no longer belongs to the region. `undo` disposes of them. Returns whether there are any. */
  #failGone(batch: Batch, space: AddressSpace): boolean {
    const { length, page, order, state, ready, errno } = batch;
    let some = false;
    for (let i = 0; i < length; i++) {
      if (state[i] !== FOLIO_UNMAPPED || space.changeIn(page[i]!, 1 << order[i]!) !== GONE) continue;
      ready[i] = 0;
      errno[i] = ERRNO.ESTALE;
      some = true;
    }
    return some;
  }

  #mapReady(batch: Batch, space: AddressSpace): void {
    const { length, state, dst, ready } = batch;
    let first = 0;
    while (first < length) {
      if (state[first] !== FOLIO_UNMAPPED || ready[first] === 0) {
        first++;
        continue;
      }
      const end = endOfRun(batch, first, dst);
      this.#arriveOrMap(batch, first, end, space);
      first = end;
    }
  }

  /** See Machine.undo. */
  undo(batch: Batch, space: AddressSpace): void {
    const { length, page, order, state, src, quarantined } = batch;
    let first = 0;
    while (first < length) {
      if (state[first] !== FOLIO_UNMAPPED) {
        first++;
        continue;
      }
      const end = endOfRun(batch, first, src);
      const pages = src[end - 1]! + (1 << order[end - 1]!) - src[first]!;
      this.#clearTables(batch, first, end, src, space);
      // This thread writes zeros to pages that were given back, up to now or in a moment. It must not wait there for itself.
      this.#tables?.moves.makeReadable(src[first]!, pages);
      const back = this.#arrive(page[first]!, src[first]!, pages, true);
      if (back < pages) this.#undo(page[first]! + back, src[first]! + back, pages - back);
      this.#out.back(batch.slot, end - first);
      for (let i = first; i < end; i++) {
        if (quarantined[i] === 1) this.#quarantine.left(src[i]!, 1 << order[i]!);
        else this.#pools.tableOf(src[i]!).putEmpty(src[i]!, 1 << order[i]!);
        src[i] = NO_FRAME;
        state[i] = FOLIO_ISOLATED;
      }
      first = end;
    }
  }

  /** Maps a run of copied folios: the whole page tables in it by mremap, if possible, and the rest by UFFDIO_MOVE. */
  #arriveOrMap(batch: Batch, from: number, to: number, space: AddressSpace): void {
    const { page, order, dst } = batch;
    if (this.#tables?.allows(space) !== true || this.#pools.shadowOf(dst[from]!) === undefined) {
      this.#mapRun(batch, from, to, space);
      return;
    }
    let first = from;
    while (first < to && page[first]! % PMD_PAGES !== 0) first++;
    let end = to;
    while (end > first && (page[end - 1]! + (1 << order[end - 1]!)) % PMD_PAGES !== 0) end--;
    if (from < first) this.#mapRun(batch, from, first, space);
    if (first < end) {
      const node = this.#pools.nodeOf(dst[first]!);
      const pages = page[end - 1]! + (1 << order[end - 1]!) - page[first]!;
      const moved = this.#arrive(page[first]!, dst[first]!, pages);
      this.tablesMoved += moved / PMD_PAGES;
      let arrived = moved === pages ? end : first;
      while (arrived < end && page[arrived]! < page[first]! + moved) arrived++;
      this.#recordArrived(batch, first, arrived, space, node);
      if (arrived < end) this.#mapRun(batch, arrived, end, space);
    }
    if (end < to) this.#mapRun(batch, end, to, space);
  }

  /** Returns how many pages of a run have arrived by mremap. It is 0 if they are not whole page tables of a shadow. */
  #arrive(page: number, frame: number, pages: number, back = false): number {
    if (this.#tables === undefined || !isWholeTables(page, pages)) return 0;
    const shadow = this.#pools.shadowOf(frame);
    if (shadow === undefined || shadow.frameOf(page) !== frame) return 0;
    return this.#tables.moves.arrive(shadow, page, pages, back);
  }

  /** Moves a run of copied folios into the program's range. */
  #mapRun(batch: Batch, from: number, to: number, space: AddressSpace): void {
    const { page, order, dst, errno } = batch;
    this.#clearTables(batch, from, to, dst, space);
    const node = this.#pools.nodeOf(dst[from]!);
    let first = from;
    let end = to;
    while (first < to) {
      const pages = dst[end - 1]! + (1 << order[end - 1]!) - dst[first]!;
      let moved = this.#pageUndo.moveUntilDone(
        page[first]! * PAGE_SIZE,
        this.#pools.addressOf(dst[first]!),
        pages * PAGE_SIZE,
      );
      const failure = this.#uffd.errno;
      const divides = failure === ERRNO.EINVAL || failure === ERRNO.ESTALE;
      if (moved === 0 && divides && end - first > 1) {
        // As in folio-unmap.ts: one call cannot move across two mappings of the program. Nor does any page of a run move if
        // the address of one no longer belongs to the region.
        end = first + Math.ceil((end - first) / 2);
        continue;
      }
      moved /= PAGE_SIZE;
      this.pagesMoved += moved;
      let i = first;
      while (i < end && moved >= 1 << order[i]!) {
        moved -= 1 << order[i]!;
        i++;
      }
      this.#recordArrived(batch, first, i, space, node);
      if (i < end && (moved > 0 || i === first || failure !== ERRNO.ESTALE)) {
        if (moved > 0) this.#endHalfMapped(batch, i, moved, space, node);
        else errno[i] = failure === ERRNO.EBUSY || failure === ERRNO.ENOMEM ? ERRNO.EAGAIN : failure;
        i++;
      }
      first = i;
      end = to;
    }
  }

  /** Updates the books for folios that have arrived. The pages that they left are now free pages of their old node. */
  #recordArrived(batch: Batch, from: number, to: number, space: AddressSpace, node: number): void {
    if (from === to) return;
    this.#out.back(batch.slot, to - from);
    const { page, order, state, src, dst, errno, quarantined } = batch;
    let pages = 0;
    let promised = 0;
    if (batch.shape === 'whole') promised = (to - from) * (batch.pages / batch.length);
    else for (let i = from; i < to; i++) promised += promisedFor(batch, i);
    for (let first = from; first < to; ) {
      let run = 1 << order[first]!;
      let end = first + 1;
      const source = this.#pools.of(src[first]!);
      const books = this.#pools.tableOf(src[first]!);
      // The last frame of one pool and the first of the next are neighbours, but on different nodes.
      const poolEnd = books.first + books.frames;
      if (batch.shape === 'whole' && to - from === batch.length) {
        run = batch.pages;
        end = to;
      }
      while (
        end < to &&
        src[end] === src[first]! + run &&
        src[end]! < poolEnd &&
        quarantined[first] === 0 &&
        quarantined[end] === 0
      ) {
        run += 1 << order[end]!;
        end++;
      }
      source.programPages -= run;
      this.#correctGapFolios(batch, first, end, space, source);
      if (quarantined[first] === 1) {
        this.#quarantine.left(src[first]!, run);
      } else {
        books.putFree(src[first]!, run);
        if (!this.#dropGivenBack(space, page[first]!, src[first]!, run)) {
          this.#dropStrays(source, src[first]!, run);
        }
      }
      pages += run;
      first = end;
    }
    const target = this.#pools.all[node]!;
    this.#pools.tableOf(dst[from]!).putEmpty(dst[from]!, pages);
    target.promisedPages -= promised;
    target.programPages += pages;
    space.arrive(page[from]!, pages, node);
    src.fill(NO_FRAME, from, to);
    dst.fill(NO_FRAME, from, to);
    state.fill(FOLIO_MOVED, from, to);
    errno.fill(0, from, to);
  }

  /** A folio in a gap comes from its own node, and not from the node that its neighbours left. */
  #correctGapFolios(batch: Batch, from: number, to: number, space: AddressSpace, source: NodePool): void {
    if (batch.shape === 'whole') return;
    const { page, order, inGap } = batch;
    for (let i = from; i < to; i++) {
      if (inGap[i] === 0) continue;
      source.programPages += 1 << order[i]!;
      this.#pools.all[space.nodeAt(page[i]!)]!.programPages -= 1 << order[i]!;
    }
  }

  /**
   * Ends a folio of which only the first pages were mapped on the target. They stay, because the program may have written
   * to them. The others return from the source. Every page is in one place, with its content. The folio has failed.
   */
  #endHalfMapped(batch: Batch, index: number, mapped: number, space: AddressSpace, node: number): void {
    const { page, order, state, src, dst, errno } = batch;
    const pages = 1 << order[index]!;
    this.#undo(page[index]! + mapped, src[index]! + mapped, pages - mapped);
    this.#out.back(batch.slot, 1);
    this.#pools.all[space.nodeAt(page[index]!)]!.programPages -= mapped;
    this.#pools.all[node]!.programPages += mapped;
    space.arrive(page[index]!, mapped, node);
    const sources = this.#pools.tableOf(src[index]!);
    const targets = this.#pools.tableOf(dst[index]!);
    if (batch.quarantined[index] === 1) {
      this.#quarantine.left(src[index]!, pages);
    } else {
      sources.putFree(src[index]!, mapped);
      sources.putEmpty(src[index]! + mapped, pages - mapped);
      this.#dropStrays(this.#pools.of(src[index]!), src[index]!, mapped);
    }
    targets.putEmpty(dst[index]!, mapped);
    targets.putFree(dst[index]! + mapped, pages - mapped);
    this.#pools.of(dst[index]!).promisedPages -= promisedFor(batch, index);
    src[index] = NO_FRAME;
    dst[index] = NO_FRAME;
    state[index] = FOLIO_ISOLATED;
    errno[index] = ERRNO.EBUSY;
  }

  /**
   * Drops page tables in the way of 2 MiB pages. A 2 MiB page is mapped as one only if no page table is left, and the
   * emptied range has one if it held small pages. All of the folio is unmapped, so only that table is dropped. A 2 MiB page
   * leaves no table.
   */
  #clearTables(batch: Batch, first: number, end: number, frames: Uint32Array, space: AddressSpace): void {
    // The range could be somebody else's memory by now.
    if (space.movable) return;
    for (let i = first; i < end; i++) {
      if (batch.order[i] !== MAX_ORDER || !this.#pools.tableOf(frames[i]!).isHuge(frames[i]!)) continue;
      if (this.#pools.tableOf(batch.src[i]!).isHuge(batch.src[i]!)) continue;
      // The folio has left with its page table.
      if (this.#pools.shadowOf(batch.src[i]!) !== undefined) continue;
      this.#changes.dropTable(space, batch.page[i]!);
    }
  }

  /** Frees a run of free pages to the kernel. */
  #dropFree(frame: number, pages: number): void {
    this.#pools.discard(frame, pages);
    const table = this.#pools.tableOf(frame);
    table.takeFreeAt(frame, pages);
    table.putEmpty(frame, pages);
  }

  /**
   * Frees frames with pages that the program has given back. Such a page may have left absent, with its page table, and would
   * be taken for a free page. Returns whether frames were freed.
   */
  #dropGivenBack(space: AddressSpace, page: number, frame: number, pages: number): boolean {
    if (!space.hasChanges || this.#pools.shadowOf(frame) === undefined) return false;
    if (space.changeIn(page, pages) === 0) return false;
    this.#dropFree(frame, pages);
    return true;
  }

  #undo(page: number, frame: number, pages: number): void {
    this.#pageUndo.undo(page * PAGE_SIZE, this.#pools.addressOf(frame), pages);
  }

  /**
   * Frees pages that are not on the pool's node. The kernel may have moved a page between the query of its node and its
   * unmapping. In the wrong pool it would be taken for a page of that node forever.
   */
  #dropStrays(pool: NodePool, frame: number, pages: number): void {
    if (this.#placement === undefined) return;
    let strays = false;
    this.#placement.range(this.#pools.addressOf(frame), pages, (_, status) => {
      if (status >= 0 && status !== pool.numaNode) strays = true;
    });
    if (strays) this.#dropFree(frame, pages);
  }
}

/** Base pages of the node's capacity that a folio's destination takes. 0 if the folio is already on that node. */
export function promisedFor({ order, inGap }: Batch, index: number): number {
  return inGap[index] === 1 ? 0 : 1 << order[index]!;
}

/** End of the run at `first`: unmapped neighbours in the program and in `frames`, either all ready to be mapped or none. */
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
