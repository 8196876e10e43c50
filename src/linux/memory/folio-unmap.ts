import { ERRNO } from '../../common/errno.js';
import { MAX_ORDER, PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../../common/page.js';
import { type Batch, NO_FRAME } from '../../mm/pipeline/batch.js';
import { FOLIO_ISOLATED, FOLIO_UNMAPPED } from '../../mm/pipeline/folio-state.js';
import { WP_BROKEN, WP_INTACT, WP_NONE } from '../../mm/pipeline/write-protection.js';
import type { Address } from '../sys/libc.js';
import { PAGE_OCCUPIED, PAGE_PRESENT, type Pagemap } from '../sys/pagemap.js';
import type { Shadow } from '../tables/shadow.js';
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
import type { Registration } from './registration.js';

/**
 * Unmaps the folios of a batch from the program's range, run by run. Whole page tables of small pages leave by mremap, to
 * their shadow (tables/table-moves.ts). Everything else leaves by UFFDIO_MOVE, to the pool. Folios that are neighbours in
 * the program and in the pool leave by one call.
 */
export class FolioUnmap {
  readonly #uffd: Userfaultfd;
  readonly #pagemap: Pagemap;
  readonly #pools: NodePools;
  readonly #out: PagesOut;
  readonly #pageUndo: PageUndo;
  readonly #tables: TablePolicy | undefined;
  readonly #changes: MemoryChanges;
  readonly #registration: Registration;
  /** The space's number of changes when this pass began. */
  #noted = 0;
  /** Whether write-protected page tables of this batch have returned, without their protection. */
  #unprotected = false;

  constructor({ uffd, pagemap, pools, out, pageUndo, tables, changes, registration }: MachineParts) {
    this.#changes = changes;
    this.#registration = registration;
    this.#uffd = uffd;
    this.#pagemap = pagemap;
    this.#pools = pools;
    this.#out = out;
    this.#pageUndo = pageUndo;
    this.#tables = tables;
  }

  /** See Machine.unmap. */
  unmap(batch: Batch, space: AddressSpace): void {
    this.#unprotected = false;
    this.#changes.sync();
    this.#noted = space.changes;
    const changed = space.hasChanges && changesOf(batch, space);
    if (!changed && this.#tables?.allows(space) === true && this.#unmapTables(batch, space)) return;
    if (this.#unprotected) {
      // Writes from now on are not in the copy. The next pass checks again what is protected.
      const { length, errno } = batch;
      for (let i = 0; i < length; i++) {
        if (batch.mayUnmap(i)) errno[i] = ERRNO.EAGAIN;
      }
      this.#out.clearIfEmpty(batch.slot);
      return;
    }
    this.#awaitMissing(batch, space);
    // A run of which a part has left is not a run any more.
    const asRun = !changed && batch.shape === 'run' && !batch.has(batch.state, FOLIO_UNMAPPED);
    if (asRun && this.#unmapWhole(batch, space)) return;
    const { length, page, order, src, errno, inGap, slot } = batch;
    let first = 0;
    while (first < length) {
      if (!batch.mayUnmap(first)) {
        first++;
        continue;
      }
      const stays = changed ? changeOf(batch, first, space) : 0;
      if (stays !== 0 || isMixedNode(batch, first, space)) {
        // The kernel drops a page that was given back at an unknown time. It counts as never touched.
        errno[first] = stays === 0 ? ERRNO.EINVAL : stays === GONE ? ERRNO.ESTALE : ERRNO.ENOENT;
        first++;
        continue;
      }
      const node = space.nodeAt(page[first]!);
      const pool = this.#pools.all[node]!;
      const frame = pool.takeEmpty(order[first]!);
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
        batch.mayUnmap(end) &&
        page[end] === page[first]! + pages &&
        (space.nodeAt(page[end]!) === node || inGap[end] === 1) &&
        !isMixedNode(batch, end, space) &&
        !(changed && changeOf(batch, end, space) !== 0) &&
        pool.table.takeEmptyAt(frame + pages, order[end]!)
      ) {
        src[end] = frame + pages;
        if (order[end] === MAX_ORDER) pool.readyForHuge(frame + pages);
        pages += 1 << order[end]!;
        end++;
      }
      this.#out.leaving(slot, page[first]!, this.#pools.addressOf(frame), pages);
      const out = this.#out.folios(slot);
      this.#unmapRun(batch, first, end, pool, space);
      if (this.#out.folios(slot) - out < end - first) this.#correctJournal(batch, first, end);
      first = end;
    }
    this.#out.clearIfEmpty(slot);
  }

  /**
   * Unmaps the whole page tables of a batch that can leave as tables: those of a run, and those of neighbouring 2 MiB
   * folios of small pages. True if nothing else is left to do.
   */
  #unmapTables(batch: Batch, space: AddressSpace): boolean {
    const { length, page, order, pages } = batch;
    if (batch.shape === 'run') {
      if (!isWholeTables(page[0]!, pages)) return false;
      if (this.#leave(batch, space, 0, length) < length) return false;
      batch.unmappedWhole();
      return true;
    }
    let left = 0;
    for (let first = 0; first < length; ) {
      if (order[first] !== MAX_ORDER || !mayLeave(batch, first)) {
        first++;
        continue;
      }
      let end = first + 1;
      while (
        end < length &&
        order[end] === MAX_ORDER &&
        mayLeave(batch, end) &&
        page[end] === page[end - 1]! + PMD_PAGES
      )
        end++;
      left += this.#leave(batch, space, first, end);
      first = end;
    }
    return left === length;
  }

  /** Unmaps neighbouring folios that cover whole page tables. Returns how many have left. */
  #leave(batch: Batch, space: AddressSpace, from: number, to: number): number {
    const { page, order, slot, protection } = batch;
    const tables = this.#tables!;
    const first = page[from]!;
    const pages = page[to - 1]! + (1 << order[to - 1]!) - first;
    if (!space.onOneNode(first, pages)) return 0;
    const writeProtected = protection[from] !== WP_NONE;
    const node = space.nodeAt(first);
    const shadow = tables.moves.shadow(space, node, first, pages, writeProtected ? undefined : slot);
    if (shadow === undefined) return 0;
    // Not earlier: making the shadow ready ends the registration.
    this.#awaitMissing(batch, space);
    // Write-protected pages cannot get new pins for writing, so the check is made before anything leaves.
    if (writeProtected && tables.mayBePinned()) return 0;
    let left = 0;
    if (writeProtected && tables.moves.isKnown(first, pages)) {
      return this.#leaveTables(batch, shadow, from, to, first, pages, writeProtected);
    }
    this.#pagemap.smallRanges(first * PAGE_SIZE, pages * PAGE_SIZE, (address, bytes) => {
      const start = Math.ceil(address / PMD_SIZE) * PMD_PAGES;
      const end = Math.floor((address + bytes) / PMD_SIZE) * PMD_PAGES;
      if (end > start) left += this.#leaveTables(batch, shadow, from, to, start, end - start, writeProtected);
    });
    return left > 0 && !writeProtected && this.#undoIfPinned(batch, shadow, from, to) ? 0 : left;
  }

  /**
   * In a write-protected migration the region is not registered for missing pages before a cutover, and a batch that is not
   * write-protected has no cutover. A thread that touched a page of it would get zeros. So its range is registered here.
   */
  #awaitMissing(batch: Batch, space: AddressSpace): void {
    const { protection } = batch;
    const awaited =
      space.waitMode === 'missing' || batch.has(protection, WP_INTACT) || batch.has(protection, WP_BROKEN);
    if (!awaited || space.incomplete) this.#registration.awaitMissing(batch, space);
  }

  /**
   * A page that was pinned before it left would miss the writes through the pin from now on. A watched one is not copied, so
   * it comes back with them.
   */
  #undoIfPinned(batch: Batch, shadow: Shadow, from: number, to: number): boolean {
    if (batch.watched || !this.#tables!.mayBePinned()) return false;
    this.#undoTables(batch, shadow, from, to);
    return true;
  }

  /** Unmaps page tables without absent pages. Returns how many folios have left. */
  #leaveTables(
    batch: Batch,
    shadow: Shadow,
    from: number,
    to: number,
    start: number,
    pages: number,
    writeProtected: boolean,
  ): number {
    const { page, order, state, src, errno, slot } = batch;
    const { moves } = this.#tables!;
    if (!moves.makeRoom(shadow, start, pages)) return 0;
    this.#changes.sync();
    if (shadow.space.changes !== this.#noted) return 0;
    const frame = shadow.frameOf(start);
    shadow.table.takeEmptyTables(frame, pages);
    this.#out.leaving(slot, start, shadow.addressOf(start), pages);
    const moved = moves.leave(shadow, start, pages, writeProtected);
    if (moved < pages) shadow.table.putEmpty(frame + moved, pages - moved);
    const size = 1 << order[from]!;
    const first = from + (start - page[from]!) / size;
    const end = first + moved / size;
    for (let i = first, at = frame; i < end; i++, at += size) src[i] = at;
    state.fill(FOLIO_UNMAPPED, first, end);
    errno.fill(0, first, end);
    this.#out.left(slot, end - first);
    if (moved < pages) {
      this.#unprotected ||= writeProtected;
      this.#correctJournal(batch, first, Math.min(to, first + pages / size));
      this.#out.clearIfEmpty(slot);
    }
    return end - first;
  }

  /** Returns page tables that should not have left, unchanged. */
  #undoTables(batch: Batch, shadow: Shadow, from: number, to: number): void {
    const { page, order, state, src, slot } = batch;
    for (let first = from; first < to; ) {
      if (state[first] !== FOLIO_UNMAPPED) {
        first++;
        continue;
      }
      let end = first + 1;
      while (end < to && state[end] === FOLIO_UNMAPPED) end++;
      const pages = page[end - 1]! + (1 << order[end - 1]!) - page[first]!;
      const back = this.#tables!.moves.arrive(shadow, page[first]!, pages, true);
      if (back < pages) {
        const rest = page[first]! + back;
        this.#pageUndo.undo(rest * PAGE_SIZE, shadow.addressOf(rest), pages - back);
      }
      shadow.table.putEmpty(shadow.frameOf(page[first]!), pages);
      state.fill(FOLIO_ISOLATED, first, end);
      src.fill(NO_FRAME, first, end);
      this.#out.back(slot, end - first);
      first = end;
    }
  }

  /**
   * Unmaps a run that is on one node, into neighbouring empty slots, by one call. False, with nothing done, if that is
   * impossible. If the call stops early, the rest is handled like any run.
   */
  #unmapWhole(batch: Batch, space: AddressSpace): boolean {
    const { length, page, order, src, pages, slot } = batch;
    if (!space.onOneNode(page[0]!, pages)) return false;
    const size = 1 << order[0]!;
    const pool = this.#pools.all[space.nodeAt(page[0]!)]!;
    const frame = pool.table.takeEmptyRun(pages, order[0]!);
    if (frame === NO_FRAME) return false;
    for (let i = 0, at = frame; i < length; i++, at += size) src[i] = at;
    this.#out.leaving(slot, page[0]!, this.#pools.addressOf(frame), pages);
    this.#unmapRun(batch, 0, length, pool, space);
    if (this.#out.folios(slot) < length) {
      this.#correctJournal(batch, 0, length);
      this.#out.clearIfEmpty(slot);
    } else {
      batch.unmappedWhole();
    }
    return true;
  }

  /** Unmaps a run of folios that are neighbours on both sides. */
  #unmapRun(batch: Batch, from: number, to: number, pool: NodePool, space: AddressSpace): void {
    const { page, order, state, src, errno } = batch;
    let first = from;
    let end = to;
    while (first < to) {
      const pages = src[end - 1]! + (1 << order[end - 1]!) - src[first]!;
      const bytes = this.#moveOut(page[first]!, this.#pools.addressOf(src[first]!), pages, space);
      const failure = this.#uffd.errno;
      if (bytes === 0 && failure === ERRNO.EINVAL && end - first > 1) {
        // The run may lie across two mappings of the program, which one call cannot move. Halves it.
        end = first + Math.ceil((end - first) / 2);
        continue;
      }
      let moved = bytes / PAGE_SIZE;
      let i = first;
      while (i < end && moved >= 1 << order[i]!) {
        moved -= 1 << order[i]!;
        i++;
      }
      state.fill(FOLIO_UNMAPPED, first, i);
      errno.fill(0, first, i);
      this.#out.left(batch.slot, i - first);
      if (src[first]! % PMD_PAGES === 0 && order[first] === MAX_ORDER) this.#noteHuge(batch, first, i, pool);
      if (i < end) {
        if (moved > 0) this.#pageUndo.undo(page[i]! * PAGE_SIZE, this.#pools.addressOf(src[i]!), moved);
        errno[i] = this.#whyNot(failure, page[i]! + moved);
        pool.table.putEmpty(src[i]!, 1 << order[i]!);
        src[i] = NO_FRAME;
        i++;
      }
      first = i;
      end = to;
    }
  }

  /**
   * Moves pages out of the program's range. If the range has changed since this pass began, it moves nothing and sets
   * EAGAIN, and the next pass decides again. Returns the bytes moved.
   */
  #moveOut(page: number, frames: Address, pages: number, space: AddressSpace): number {
    this.#changes.enter();
    let bytes = 0;
    if (space.changes === this.#noted)
      bytes = this.#uffd.move(frames, page * PAGE_SIZE, pages * PAGE_SIZE, true);
    else this.#uffd.errno = ERRNO.EAGAIN;
    this.#changes.leave();
    const { errno } = this.#uffd;
    if (bytes === 0 && errno === ERRNO.EAGAIN) {
      this.#changes.awaitEvents();
      this.#uffd.errno = errno;
    }
    return bytes;
  }

  /**
   * Corrects the last announced run in the journal. It then names only the pages that have left, and no frame that may be
   * reused before the batch ends.
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
    this.#out.correct(batch.slot, runs);
  }

  /** The folio's errno after a failed move. Busy pages and lost races are worth another pass. */
  #whyNot(errno: number, page: number): number {
    switch (errno) {
      case ERRNO.EBUSY:
      case ERRNO.EEXIST:
      case ERRNO.ENOMEM:
        return ERRNO.EAGAIN;
      case ERRNO.EFAULT: {
        // Neither a page nor a swapped page, so it is poisoned according to the page tables.
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

  /** Notes which of the chunks of a run are one 2 MiB mapping. */
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
}

/** The greatest change by the program in a folio: see memory-changes.ts. */
function changeOf({ page, order }: Batch, index: number, space: AddressSpace): number {
  return space.changeIn(page[index]!, 1 << order[index]!);
}

function changesOf(batch: Batch, space: AddressSpace): boolean {
  for (let i = 0; i < batch.length; i++) if (changeOf(batch, i, space) !== 0) return true;
  return false;
}

/** Whether a folio has to leave. */
function mayLeave(batch: Batch, index: number): boolean {
  return batch.mayUnmap(index) && batch.inGap[index] === 0;
}

/** Whether the folio's pages are on different nodes, so that it cannot move as one and no pool fits it. */
function isMixedNode({ page, order }: Batch, index: number, space: AddressSpace): boolean {
  return order[index]! > 0 && !space.onOneNode(page[index]!, 1 << order[index]!);
}
