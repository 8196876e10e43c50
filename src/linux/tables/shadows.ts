import { readFileSync } from 'node:fs';
import { PMD_PAGES } from '../../common/page.js';
import { NO_FRAME } from '../../mm/pipeline/batch.js';
import type { AddressSpace } from '../memory/address-space.js';
import type { FreeTally } from '../memory/frame-table.js';
import type { Surplus } from '../memory/node-pool.js';
import type { Journal } from '../rescue/journal.js';
import type { Address } from '../sys/libc.js';
import type { Userfaultfd } from '../userfaultfd/userfaultfd.js';
import { Shadow, type SpanTables } from './shadow.js';

/** Mappings to leave to the program, out of vm.max_map_count. */
const MAPPINGS_LEFT = 4096;
/** Additional mappings that a region may get: see docs/memory.md, "Mappings". */
const MAPPINGS_OF_SHADOW = 16;
const REFUSED_MS = 1000;
/** How long a count of the process's mappings is valid. */
const COUNTED_MS = 100;

/** The shadows of all regions, the owners of their frames, and the number of their free pages. */
export class Shadows {
  /** Free base pages, by node. */
  readonly tallies: readonly FreeTally[];
  readonly #journal: Journal;
  readonly #uffd: Userfaultfd;
  readonly #frameAt: (address: Address) => number;
  readonly #maxMappings = readMaxMappings();
  readonly #spaces = new Map<AddressSpace, Shadow[]>();
  readonly #all: Shadow[] = [];
  /** Shadows of released regions, of which a device may still touch a part. */
  readonly #lingering: Shadow[] = [];
  /** Regions that could not get a shadow, and when to try again. */
  readonly #refused = new WeakMap<AddressSpace, number>();
  #recent: Shadow | undefined;
  #uses = 0;
  /** Shadows that may be made before the mappings are counted again. -1 if there is no room. */
  #shadowsLeft = 0;
  #countedUntil = 0;

  /** @param frameAt Returns the frame number of an address, or -1 if it has none. */
  constructor(nodes: number, journal: Journal, frameAt: (address: Address) => number, uffd: Userfaultfd) {
    this.#uffd = uffd;
    this.tallies = Array.from({ length: nodes }, () => ({ frames: 0 }));
    this.#journal = journal;
    this.#frameAt = frameAt;
  }

  get all(): readonly Shadow[] {
    return this.#all;
  }

  of(frame: number): Shadow | undefined {
    const recent = this.#recent;
    if (recent !== undefined && holds(recent, frame)) return recent;
    for (const shadow of this.#all) if (holds(shadow, frame)) return this.#remember(shadow);
    for (const shadow of this.#lingering) if (holds(shadow, frame)) return this.#remember(shadow);
    return undefined;
  }

  holds(address: Address): boolean {
    const inside = (shadow: Shadow) => address >= shadow.address && address < shadow.address + shadow.bytes;
    return (
      (this.#recent !== undefined && inside(this.#recent)) ||
      this.#all.some(inside) ||
      this.#lingering.some(inside)
    );
  }

  /** Every shadow on a node, including those of released regions. */
  ofNode(node: number): Shadow[] {
    return [...this.#all, ...this.#lingering].filter((shadow) => shadow.node === node);
  }

  /** Applies madvise(2) for a part of a region to the same part of its shadows, because both must have the same flags. */
  advise(space: AddressSpace, address: Address, bytes: number, advice: number): void {
    for (const shadow of this.ofSpace(space)) shadow.advise(address, bytes, advice);
  }

  ofSpace(space: AddressSpace): readonly Shadow[] {
    return this.#spaces.get(space) ?? [];
  }

  /**
   * The shadow on `node` of the span that contains a range of whole page tables. It is made if there is none. Undefined if
   * the process can get no more mappings or addresses, or if the journal has no room for it.
   */
  at(space: AddressSpace, node: number, page: number): Shadow | undefined {
    const shadows = this.#spaces.get(space);
    if (shadows !== undefined) {
      for (const shadow of shadows) if (shadow.node === node && spans(shadow.span, page)) return shadow;
    }
    return this.#make(space, node, page);
  }

  /** Notes that pages come to a shadow or leave it. */
  touch(shadow: Shadow): void {
    shadow.lastUse = ++this.#uses;
  }

  /** Frees free pages of a node until at most `pages` are left. The least recently used shadow comes first. */
  trim(node: number, pages: number): void {
    const tally = this.tallies[node]!;
    const passed = new Set<Shadow>();
    while (tally.frames > pages) {
      const shadow = this.#oldest(node, passed);
      if (shadow === undefined) return;
      trimShadow(shadow, tally, pages);
      // The rest of it is in use.
      passed.add(shadow);
    }
  }

  /**
   * 2 MiB of free pages in the least recently used shadow of the node other than `but`. Undefined if there is none. The
   * pages may be write-protected: UFFDIO_MOVE unprotects them.
   */
  surplus(node: number, but?: Shadow): Surplus | undefined {
    const passed = new Set<Shadow>();
    if (but !== undefined) passed.add(but);
    for (;;) {
      const shadow = this.#oldest(node, passed);
      if (shadow === undefined) return undefined;
      const frame = shadow.table.smallChunk();
      if (frame !== NO_FRAME) {
        return {
          address: shadow.addressOfFrame(frame),
          taken: () => shadow.drop(shadow.chunkOfFrame(frame)),
        };
      }
      passed.add(shadow);
    }
  }

  /** Ends the shadows of a released region. */
  release(space: AddressSpace): void {
    for (const shadow of [...this.ofSpace(space)]) this.#forget(space, shadow);
    this.#spaces.delete(space);
  }

  /** Called when a device is idle and no longer touches quarantined frames. */
  releaseLingering(): void {
    for (const shadow of [...this.#lingering]) {
      if (!isFree(shadow)) continue;
      this.#lingering.splice(this.#lingering.indexOf(shadow), 1);
      this.#recent = undefined;
      this.#unmap(shadow);
    }
  }

  close(): void {
    for (const space of [...this.#spaces.keys()]) this.release(space);
    this.releaseLingering();
  }

  /** The least recently used shadow on a node that has free pages and was not `passed` over. */
  #oldest(node: number, passed: ReadonlySet<Shadow>): Shadow | undefined {
    let oldest: Shadow | undefined;
    for (const shadow of this.#all) {
      if (shadow.node !== node || shadow.table.freeFrames === 0 || passed.has(shadow)) continue;
      if (oldest === undefined || shadow.lastUse < oldest.lastUse) oldest = shadow;
    }
    return oldest;
  }

  #make(space: AddressSpace, node: number, page: number): Shadow | undefined {
    const span = tablesAt(space, page);
    // Every batch calls this, so a refusal is kept for a while.
    if (span === undefined || performance.now() < (this.#refused.get(space) ?? 0)) return undefined;
    const shadow = this.#reserve(space, node, span);
    if (shadow === undefined) {
      this.#refused.set(space, performance.now() + REFUSED_MS);
      return undefined;
    }
    this.#all.push(shadow);
    const shadows = this.#spaces.get(space) ?? [];
    shadows.push(shadow);
    this.#spaces.set(space, shadows);
    return shadow;
  }

  #reserve(space: AddressSpace, node: number, span: SpanTables): Shadow | undefined {
    if (!this.#journal.hasRoomForMemory || !this.#roomForMappings()) return undefined;
    let shadow: Shadow;
    try {
      shadow = new Shadow(space, node, span, this.#frameAt, this.tallies[node]!, (address, bytes) =>
        this.#uffd.discard(address, bytes),
      );
    } catch {
      // RLIMIT_AS, or no addresses. Pages then move one by one, which needs none.
      return undefined;
    }
    if (this.#isNumbered(shadow) && this.#journal.memory(shadow.address, shadow.bytes)) return shadow;
    shadow.unmap();
    return undefined;
  }

  #isNumbered(shadow: Shadow): boolean {
    return this.#frameAt(shadow.address) >= 0 && this.#frameAt(shadow.address + shadow.bytes) >= 0;
  }

  #forget(space: AddressSpace, shadow: Shadow): void {
    const shadows = this.#spaces.get(space)!;
    shadows.splice(shadows.indexOf(shadow), 1);
    this.#all.splice(this.#all.indexOf(shadow), 1);
    this.#recent = undefined;
    // After an abandoned copy a device may still write there. The addresses stay reserved.
    if (isFree(shadow)) this.#unmap(shadow);
    else this.#lingering.push(shadow);
  }

  #unmap(shadow: Shadow): void {
    // First, because a rescuer frees the ranges in the journal, and these addresses may belong to somebody else later.
    this.#journal.forget(shadow.address);
    // Unmapping registered memory would cause an event.
    if (shadow.protectedChunks > 0) this.#uffd.unregister(shadow.address, shadow.bytes);
    shadow.unmap();
  }

  #remember(shadow: Shadow): Shadow {
    this.#recent = shadow;
    return shadow;
  }

  /** One count is valid for as many shadows as fit half of the room, or for a while. */
  #roomForMappings(): boolean {
    const now = performance.now();
    if (this.#shadowsLeft === 0 || now >= this.#countedUntil) {
      const room = this.#maxMappings - MAPPINGS_LEFT - countMappings();
      this.#shadowsLeft = room < MAPPINGS_OF_SHADOW ? -1 : Math.floor(room / 2 / MAPPINGS_OF_SHADOW);
      this.#countedUntil = now + COUNTED_MS;
      return this.#shadowsLeft >= 0;
    }
    if (this.#shadowsLeft < 0) return false;
    this.#shadowsLeft--;
    return true;
  }
}

/** Number of mappings of this process. Infinity if they cannot be read. */
function countMappings(): number {
  try {
    const text = readFileSync('/proc/self/maps');
    let mappings = 0;
    for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) mappings++;
    return mappings;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function holds({ table }: Shadow, frame: number): boolean {
  return frame >= table.first && frame < table.first + table.frames;
}

function spans({ page: first, chunks }: SpanTables, page: number): boolean {
  return page >= first && page < first + chunks * PMD_PAGES;
}

function isFree({ table, span }: Shadow): boolean {
  for (let chunk = 0; chunk < span.chunks; chunk++) {
    if (!table.isIdle(table.first + chunk * PMD_PAGES)) return false;
  }
  return true;
}

function trimShadow(shadow: Shadow, tally: FreeTally, pages: number): void {
  const { table, span } = shadow;
  for (let looked = 0; looked < span.chunks && tally.frames > pages && table.freeFrames > 0; looked++) {
    const chunk = shadow.trimCursor;
    shadow.trimCursor = (chunk + 1) % span.chunks;
    const frame = table.first + chunk * PMD_PAGES;
    if (table.freeOf(frame) > 0 && table.isIdle(frame)) shadow.drop(chunk);
  }
}

/** The whole page tables of the span of a page. */
function tablesAt(space: AddressSpace, page: number): SpanTables | undefined {
  for (const span of space.spans) {
    if (page < span.page || page >= span.page + span.pages) continue;
    const first = Math.ceil(span.page / PMD_PAGES) * PMD_PAGES;
    const chunks = Math.floor((span.page + span.pages - first) / PMD_PAGES);
    return chunks > 0 ? { page: first, chunks } : undefined;
  }
  return undefined;
}

function readMaxMappings(): number {
  try {
    return Number(readFileSync('/proc/sys/vm/max_map_count', 'latin1'));
  } catch {
    return 0;
  }
}

/** Whether a range of pages consists of whole page tables. */
export function isWholeTables(page: number, pages: number): boolean {
  return page % PMD_PAGES === 0 && pages > 0 && pages % PMD_PAGES === 0;
}
