import { PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../../common/page.js';
import { NO_FRAME } from '../../mm/pipeline/batch.js';
import type { AddressSpace, Span } from '../memory/address-space.js';
import type { MemoryChanges } from '../memory/memory-changes.js';
import { moveSurplus } from '../memory/node-pool.js';
import type { NodePools } from '../memory/node-pools.js';
import type { PageUndo } from '../memory/page-undo.js';
import type { PagesOut } from '../memory/pages-out.js';
import type { Address } from '../sys/libc.js';
import { fillHole } from '../sys/mman.js';
import type { Remap } from '../sys/remap.js';
import type { VmaQuery } from '../sys/vma-query.js';
import type { EventReader } from '../userfaultfd/event-reader.js';
import type { Userfaultfd, WaitMode } from '../userfaultfd/userfaultfd.js';
import { copyKind } from './copy-kind.js';
import { CHUNK_NEW, CHUNK_READY, CHUNK_REFUSED, type Shadow } from './shadow.js';
import type { Shadows } from './shadows.js';

/** Chunks of a shadow that are made ready together: 256 MiB. More groups cost mappings, larger ones longer waits. */
const GROUP_CHUNKS = 128;
/** Chunks that are unmapped at once while a shadow is made ready: 32 MiB, some 0.1 ms. */
const READY_CHUNKS = 16;
/** Pieces of a shadow that may stay protected after a migration. */
const MAX_PROTECTED_PIECES = 4;

interface PageRun {
  readonly page: number;
  readonly pages: number;
}

export interface TableMovesParts {
  readonly uffd: Userfaultfd;
  readonly pools: NodePools;
  readonly shadows: Shadows;
  readonly out: PagesOut;
  readonly pageUndo: PageUndo;
  readonly changes: MemoryChanges;
  readonly reader: EventReader;
  readonly vmas: VmaQuery;
  readonly remap: Remap;
}

/**
 * Moves whole page tables between the program's range and the shadows by mremap(2) (remap.ts).
 *
 * There are few mappings because all ranges of a region are parts of one mapping in the eyes of the kernel. An anonymous
 * mapping merges with its neighbour only if both have the same anon_vma and consecutive page offsets (can_vma_merge_before
 * in mm/vma.c). Both go with the pages when mremap moves them. So before its first use a shadow is *made ready*: the
 * program's pages go there and back once. They leave an empty mapping of the program's own kind, with its flags, policy,
 * page offsets and anon_vma. Pages that are put there later come to the program as a part of its mapping, and leave it as a
 * part of the shadow's.
 *
 * A shadow is not registered with the userfaultfd. So a thread of the engine that touched an empty slot there would get a
 * page of zeros, and not wait for itself.
 */
export class TableMoves {
  readonly #parts: TableMovesParts;
  #knownPage = 0;
  #knownPages = 0;
  #broken = false;

  constructor(parts: TableMovesParts) {
    this.#parts = parts;
  }

  /**
   * Records that all pages of a range were just found present and small, for one call of `isKnown`. If the program gives a
   * page back in between, the range does not leave.
   */
  knowSmall(page: number, pages: number): void {
    this.#knownPage = page;
    this.#knownPages = pages;
  }

  isKnown(page: number, pages: number): boolean {
    const known = this.#knownPage === page && this.#knownPages === pages;
    this.#knownPages = 0;
    return known;
  }

  /**
   * Whether something has thrown in the middle of a move. Then the page tables show where the pages are, and the books do
   * not. Only a rescue by the journal may bring them back: mremap would replace an arrived page by its old content.
   */
  get broken(): boolean {
    return this.#broken;
  }

  /** Whether the event of a remap would be read. Otherwise mremap would not return. */
  get alive(): boolean {
    return this.#parts.reader.alive;
  }

  /**
   * The shadow on `node` for whole page tables of a registered region. Undefined if they cannot move.
   * @param slot Of a batch of which nothing is unmapped. A shadow at its first use is made ready, and program threads may
   * have to wait for some 0.1 ms. Without it only a ready shadow is returned: the batch is write-protected.
   */
  shadow(space: AddressSpace, node: number, page: number, pages: number, slot?: number): Shadow | undefined {
    const shadow = this.#parts.shadows.at(space, node, page);
    if (shadow === undefined) return undefined;
    const first = shadow.chunkOf(page);
    const end = first + pages / PMD_PAGES;
    if (end > shadow.span.chunks) return undefined;
    for (let chunk = first; chunk < end; chunk++) {
      if (shadow.state[chunk] === CHUNK_NEW && slot !== undefined) {
        this.#makeReady(shadow, chunk, slot, { page, pages });
      }
      if (shadow.state[chunk] !== CHUNK_READY) return undefined;
    }
    return shadow;
  }

  /**
   * Moves page tables out of the program, to their empty place in a shadow. Returns the number of pages that have left,
   * from the start, a multiple of 512. `writeProtected`: they are write-protected, and stay so in the shadow until `clean`.
   */
  leave(shadow: Shadow, page: number, pages: number, writeProtected: boolean): number {
    this.#broken = true;
    const left = this.#leave(shadow, page, pages, writeProtected);
    this.#broken = false;
    return left;
  }

  #leave(shadow: Shadow, page: number, pages: number, writeProtected: boolean): number {
    const { vmas, uffd, shadows } = this.#parts;
    shadows.touch(shadow);
    let done = 0;
    while (done < pages) {
      const from = (page + done) * PAGE_SIZE;
      const bytes = wholeTables(Math.min((pages - done) * PAGE_SIZE, vmas.endOf(from) - from));
      if (bytes <= 0 || !this.alive) return done;
      const to = shadow.addressOf(page + done);
      const moved = this.#parts.changes.moveOut(shadow.space, from, to, bytes, this.#parts.remap);
      if (moved === undefined) return done;
      if (!moved) {
        this.#repairShadow(shadow, page + done, bytes);
        return done;
      }
      const chunk = shadow.chunkOf(page + done);
      this.#noteProtected(shadow, chunk, bytes / PMD_SIZE, writeProtected);
      if (!writeProtected) uffd.unregister(to, bytes);
      done += bytes / PAGE_SIZE;
    }
    return done;
  }

  /**
   * Moves page tables from their place in a shadow into the program's range, which is empty there, and wakes the threads
   * that wait there. Returns the number of pages that have arrived, from the start, a multiple of 512. They end where the
   * program has unmapped or moved a part of the range. Pages that the program has given back arrive as zeros.
   * @param back Whether they return to where they were, and so may leave again in this migration. Threads must then wait
   * for them even if the region is registered for write-protection alone.
   */
  arrive(shadow: Shadow, page: number, pages: number, back = false): number {
    if (shadow.protectedChunks > 0) this.clean(shadow, shadow.chunkOf(page), pages / PMD_PAGES);
    this.#broken = true;
    const arrived = this.#arrive(shadow, page, pages, back);
    this.#broken = false;
    return arrived;
  }

  #arrive(shadow: Shadow, page: number, pages: number, back: boolean): number {
    const { vmas, uffd, changes } = this.#parts;
    const { waitMode, leaveMode } = shadow.space;
    const mode = back ? leaveMode : waitMode;
    let done = 0;
    while (done < pages) {
      const from = shadow.addressOf(page + done);
      const to = (page + done) * PAGE_SIZE;
      const max = Math.min((pages - done) * PAGE_SIZE, vmas.endOf(from) - from, vmas.endOf(to) - to);
      const bytes = wholeTables(max);
      // A range that is not registered with this userfaultfd is no longer the memory that was adopted.
      if (bytes <= 0 || !this.alive || !uffd.isRegistered(to, this.#parts.pools.emptyPage)) return done;
      const moved = changes.moveBack(from, to, bytes, this.#parts.remap);
      if (moved === undefined) return done;
      if (!moved) {
        this.#repairProgram(shadow.space, to, from, bytes);
        return done;
      }
      this.#register(shadow.space, to, bytes, mode);
      uffd.wake(to, bytes);
      done += bytes / PAGE_SIZE;
    }
    return done;
  }

  /**
   * Takes free pages of the node at their places in a shadow, and gets missing ones. They are in flight afterwards. False,
   * with nothing taken, if the node has no more memory, or if a place is in use.
   */
  takeFree(shadow: Shadow, page: number, pages: number): boolean {
    if (shadow.protectedChunks > 0) this.clean(shadow, shadow.chunkOf(page), pages / PMD_PAGES);
    const { table } = shadow;
    this.#parts.shadows.touch(shadow);
    let taken = this.#takePresent(shadow, page, pages);
    if (taken === pages) return true;
    this.#whileRegistered(shadow, page, pages, () => {
      while (taken < pages && this.#fill(shadow, page + taken)) {
        table.takeFreeAt(shadow.frameOf(page + taken), PMD_PAGES);
        taken += PMD_PAGES;
        taken += this.#takePresent(shadow, page + taken, pages - taken);
      }
    });
    if (taken === pages) return true;
    if (taken > 0) table.putFree(shadow.frameOf(page), taken);
    return false;
  }

  /** Makes the shadow of a registered span ready on a node, as far as `prefillSpan` needs it for `max` pages. */
  readySpan(space: AddressSpace, span: Span, node: number, max: number): void {
    let pages = 0;
    for (const page of tablesElsewhere(space, span, node)) {
      if (pages >= max) return;
      if (this.shadow(space, node, page, PMD_PAGES, 0) !== undefined) pages += PMD_PAGES;
    }
  }

  /**
   * Fills the ready parts of a span's shadow with up to `max` free pages, where the span's own pages are on another node.
   * Returns the number of pages.
   */
  prefillSpan(space: AddressSpace, span: Span, node: number, max: number): number {
    let got = 0;
    for (const page of tablesElsewhere(space, span, node)) {
      if (got >= max) return got;
      const shadow = this.shadow(space, node, page, PMD_PAGES);
      if (shadow === undefined || shadow.table.freeOf(shadow.frameOf(page)) === PMD_PAGES) continue;
      let filled = false;
      this.#whileRegistered(shadow, page, PMD_PAGES, () => {
        filled = this.#fill(shadow, page);
      });
      if (!filled) return got;
      got += PMD_PAGES;
    }
    return got;
  }

  /** UFFDIO_MOVE needs a registered destination. Does nothing if the kernel refuses to register it. */
  #whileRegistered(shadow: Shadow, page: number, pages: number, fill: () => void): void {
    const { uffd } = this.#parts;
    const address = shadow.addressOf(page);
    if (uffd.register(address, pages * PAGE_SIZE) !== 0) return;
    fill();
    uffd.unregister(address, pages * PAGE_SIZE);
  }

  /** Empties places of a shadow so that page tables can move there. False if a place is in use. */
  makeRoom(shadow: Shadow, page: number, pages: number): boolean {
    const { table } = shadow;
    for (let at = page; at < page + pages; at += PMD_PAGES) {
      const frame = shadow.frameOf(at);
      if (!table.isIdle(frame)) return false;
      if (table.freeOf(frame) > 0) shadow.drop(shadow.chunkOf(at));
    }
    return true;
  }

  /**
   * Unprotects page tables that left a write-protected batch. The kernel walks every entry: 40 to 50 µs for each 2 MiB of
   * small pages. It is put off until the pages are needed.
   */
  clean(shadow: Shadow, first: number, chunks: number): void {
    for (let chunk = first; chunk < first + chunks; ) {
      if (shadow.writeProtected[chunk] === 0) {
        chunk++;
        continue;
      }
      let end = chunk + 1;
      while (end < first + chunks && shadow.writeProtected[end] === 1) end++;
      this.#parts.uffd.unregister(shadow.address + chunk * PMD_SIZE, (end - chunk) * PMD_SIZE);
      shadow.writeProtected.fill(0, chunk, end);
      shadow.protectedChunks -= end - chunk;
      chunk = end;
    }
  }

  /**
   * Unprotects a shadow that would keep many protected pieces, because each is a mapping of its own. Few pieces stay
   * protected until they are needed or dropped.
   */
  cleanPieces(shadow: Shadow): void {
    if (shadow.protectedChunks === 0) return;
    let pieces = 0;
    for (let chunk = 0; chunk < shadow.span.chunks; chunk++) {
      if (shadow.writeProtected[chunk] === 1 && (chunk === 0 || shadow.writeProtected[chunk - 1] === 0))
        pieces++;
    }
    if (pieces > MAX_PROTECTED_PIECES) this.clean(shadow, 0, shadow.span.chunks);
  }

  /** Called before frames are read. Reading a shadow that is still registered could make this thread wait for itself. */
  makeReadable(frame: number, pages: number): void {
    const shadow = this.#parts.pools.shadowOf(frame);
    if (shadow === undefined || shadow.protectedChunks === 0) return;
    const first = shadow.chunkOfFrame(frame);
    this.clean(shadow, first, shadow.chunkOfFrame(frame + pages - 1) + 1 - first);
  }

  /** Takes the tables that are full of free pages, from a page on. Returns the number of their pages. */
  #takePresent(shadow: Shadow, page: number, pages: number): number {
    const { table } = shadow;
    const first = shadow.frameOf(page);
    let taken = 0;
    while (taken < pages && table.freeOf(first + taken) === PMD_PAGES) taken += PMD_PAGES;
    if (taken > 0) table.takeFreeAt(first, taken);
    return taken;
  }

  /** Gets 2 MiB of free pages of the node to their place in a shadow, which is registered. */
  #fill(shadow: Shadow, page: number): boolean {
    const { table } = shadow;
    const frame = shadow.frameOf(page);
    if (!table.isIdle(frame)) return false;
    if (table.freeOf(frame) > 0) shadow.drop(shadow.chunkOf(page));
    if (!this.#takeFrom(shadow, page)) return false;
    table.fillChunk(frame, false);
    return true;
  }

  /** From the node's pool, from the shadow of another region, or fresh from the node. */
  #takeFrom(shadow: Shadow, page: number): boolean {
    const { pools, shadows, uffd } = this.#parts;
    const pool = pools.all[shadow.node]!;
    const to = shadow.addressOf(page);
    const freeChunk = pool.table.smallChunk();
    if (freeChunk !== NO_FRAME) return pool.moveFreeTo(freeChunk, to);
    const surplus = shadows.surplus(shadow.node, shadow);
    return (surplus !== undefined && moveSurplus(uffd, surplus, to)) || pool.moveFreshTo(to);
  }

  /** Notes whether page tables that came to a shadow are write-protected. */
  #noteProtected(shadow: Shadow, chunk: number, chunks: number, writeProtected: boolean): void {
    for (let at = chunk; at < chunk + chunks; at++) {
      shadow.protectedChunks += (writeProtected ? 1 : 0) - shadow.writeProtected[at]!;
      shadow.writeProtected[at] = writeProtected ? 1 : 0;
    }
  }

  /**
   * Makes the new chunks around one parts of the program's mapping, unless another batch has pages of theirs. For a moment
   * the range is not registered, and a thread that touched an unmapped page would get one of zeros. `own` are the pages of
   * the calling batch, of which none is unmapped. No page of the chunks is unmapped afterwards.
   */
  #makeReady(shadow: Shadow, chunk: number, slot: number, own: PageRun): void {
    const { chunks } = shadow.span;
    const groups = Math.max(1, Math.floor(chunks / GROUP_CHUNKS));
    const group = Math.min(groups - 1, Math.floor((chunk * groups) / chunks));
    const end = Math.ceil(((group + 1) * chunks) / groups);
    const { out } = this.#parts;
    // The journal could not forget the chunks before the rest of the batch is back.
    if (out.folios(slot) > 0) return;
    let at = Math.ceil((group * chunks) / groups);
    if (othersIn(shadow, at, end - at, own)) return;
    let limit = READY_CHUNKS;
    while (at < end) {
      if (shadow.state[at] !== CHUNK_NEW) {
        at++;
        continue;
      }
      let max = 1;
      while (max < limit && at + max < end && shadow.state[at + max] === CHUNK_NEW) max++;
      this.#broken = true;
      const ready = this.#makeRunReady(shadow, at, max, slot);
      this.#broken = false;
      if (ready === undefined) {
        // One by one, so that only the chunks of pages that were given back stay as they are.
        if (limit === 1) at++;
        limit = 1;
        continue;
      }
      if (ready === 0) shadow.state[at++] = CHUNK_REFUSED;
      else shadow.state.fill(CHUNK_READY, at, at + ready);
      at += ready;
    }
  }

  /** Returns how many chunks, from the first on, are ready. Undefined if the program has given back a page of them. */
  #makeRunReady(shadow: Shadow, chunk: number, chunks: number, slot: number): number | undefined {
    const { vmas, uffd, out, pageUndo, changes, remap } = this.#parts;
    const page = shadow.span.page + chunk * PMD_PAGES;
    const address = page * PAGE_SIZE;
    const bytes = wholeTables(Math.min(chunks * PMD_SIZE, vmas.endOf(address) - address));
    if (bytes <= 0 || !this.alive) return 0;
    const place = shadow.addressOf(page);
    const { waitMode } = shadow.space;
    // If the range were registered for write-protection alone, threads would get pages of zeros during the move.
    if (waitMode !== 'missing' && uffd.register(address, bytes, 'both') !== 0) return 0;
    out.leaving(slot, page, place, bytes / PAGE_SIZE);
    const left = changes.moveOut(shadow.space, address, place, bytes, remap);
    if (left !== true) {
      if (left === false) this.#repairShadow(shadow, page, bytes);
      this.#awaitOnly(waitMode, address, bytes);
      out.clearIfEmpty(slot);
      return left === false ? 0 : undefined;
    }
    uffd.unregister(place, bytes);
    // In two parts: a mapping that moves as a whole loses its anon_vma (dontunmap_complete in mm/mremap.c).
    const half = Math.max(1, Math.floor(bytes / PMD_SIZE / 2)) * PMD_SIZE;
    for (const [at, length] of [
      [0, half],
      [half, bytes - half],
    ] as const) {
      if (length === 0) continue;
      const back = changes.moveBack(place + at, address + at, length, remap);
      if (back === undefined) {
        pageUndo.undo(address + at, place + at, length / PAGE_SIZE);
        uffd.unregister(place + at, length);
      } else if (back) {
        this.#register(shadow.space, address + at, length, waitMode);
        uffd.wake(address + at, length);
      } else {
        this.#repairProgram(shadow.space, address + at, place + at, length);
        pageUndo.undo(address + at, place + at, length / PAGE_SIZE);
        uffd.unregister(place + at, length);
        this.#awaitOnly(waitMode, address + at, length);
      }
    }
    out.clearIfEmpty(slot);
    return bytes / PMD_SIZE;
  }

  /**
   * Nothing of a range is unmapped any more. While a batch is only protected, no thread may wait there for a page that the
   * program has dropped, because this thread reads the program's own pages.
   */
  #awaitOnly(mode: WaitMode, address: Address, bytes: number): void {
    if (mode !== 'protected') return;
    this.#parts.uffd.unregister(address, bytes);
    this.#parts.uffd.register(address, bytes, mode);
  }

  /** A failed mremap may have unmapped its destination, and moved a part. */
  #repairShadow(shadow: Shadow, page: number, bytes: number): void {
    const address = shadow.addressOf(page);
    const first = shadow.chunkOf(page);
    fillTables(address, bytes);
    this.#parts.pageUndo.undo(page * PAGE_SIZE, address, bytes / PAGE_SIZE);
    // A part that has arrived is registered. A thread of the engine that touched an empty slot there would wait for itself.
    this.#parts.uffd.unregister(address, bytes);
    // Not tried again, because the same failure would repeat each time.
    shadow.state.fill(CHUNK_REFUSED, first, first + bytes / PMD_SIZE);
  }

  /** The same for the program's range. Its pages are in `place`, a mapping of the same kind. UFFDIO_MOVE returns them. */
  #repairProgram(space: AddressSpace, address: Address, place: Address, bytes: number): void {
    for (const hole of fillTables(address, bytes)) copyKind(place, hole, PMD_SIZE);
    this.#register(space, address, bytes, space.leaveMode);
  }

  /** Registers a range of the program again. If the kernel refuses, no page leaves the range until it is registered. */
  #register(space: AddressSpace, address: Address, bytes: number, mode: WaitMode): void {
    if (this.#parts.uffd.register(address, bytes, mode) !== 0) space.incomplete = true;
  }
}

/** Whether a migration has isolated pages of a shadow's chunks other than `own`. */
function othersIn({ space, span }: Shadow, chunk: number, chunks: number, own: PageRun): boolean {
  const from = span.page + chunk * PMD_PAGES;
  const to = from + chunks * PMD_PAGES;
  const shared = Math.min(to, own.page + own.pages) - Math.max(from, own.page);
  const held = space.isolatedIn(from, to - from);
  const ownHeld = shared > 0 ? space.isolatedIn(Math.max(from, own.page), shared) : 0;
  return held > ownHeld;
}

/** First pages of the whole page tables of a span that are not on a node. */
function* tablesElsewhere(space: AddressSpace, span: Span, node: number): Generator<number> {
  const end = Math.floor((span.address + span.pages * PAGE_SIZE) / PMD_SIZE) * PMD_PAGES;
  for (let page = Math.ceil(span.address / PMD_SIZE) * PMD_PAGES; page < end; page += PMD_PAGES) {
    if (space.nodeAt(page) !== node || !space.onOneNode(page, PMD_PAGES)) yield page;
  }
}

/** Maps the holes of a range of whole page tables. Returns the page tables that were holes. */
function fillTables(address: Address, bytes: number): Address[] {
  const filled: Address[] = [];
  // One at a time, because the call fails for the whole range if a part is mapped.
  for (let at = address; at < address + bytes; at += PMD_SIZE) if (fillHole(at, PMD_SIZE)) filled.push(at);
  return filled;
}

/** Rounds down to whole page tables. */
function wholeTables(bytes: number): number {
  return Math.max(0, Math.floor(bytes / PMD_SIZE) * PMD_SIZE);
}
