import { PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../../common/page.js';
import type { AddressSpace } from '../memory/address-space.js';
import { FrameTable, type FreeTally } from '../memory/frame-table.js';
import type { Address } from '../sys/libc.js';
import { advise, type Mapping, reserve } from '../sys/mman.js';

/** The chunk's range is still as it was reserved: page tables cannot come and go without leaving mappings behind. */
export const CHUNK_NEW = 0;
/** The chunk's range is a part of the program's own mapping, moved here: see table-moves.ts. */
export const CHUNK_READY = 1;
/** The chunk's range cannot be made so. */
export const CHUNK_REFUSED = 2;

/** The whole page tables of a span: the program's pages from `page` on, `chunks` × 2 MiB. */
export interface SpanTables {
  readonly page: number;
  readonly chunks: number;
}

/**
 * Where the whole page tables of one span wait while they lie on one node and are not the program's: a range of the same
 * shape as the span, so that each page has one fixed place in it. What leaves the program goes to its place on the
 * node that it lies on; what comes to the program comes from its place on the target.
 *
 * The books are those of a pool: FrameTable. Frame `f` of the table is the place of the page p where `frameOf(p)` is f.
 */
export class Shadow {
  /** The region that the span belongs to. */
  readonly space: AddressSpace;
  readonly node: number;
  readonly span: SpanTables;
  readonly address: Address;
  readonly table: FrameTable;
  /** CHUNK_… of each chunk. */
  readonly state: Uint8Array;
  /** 1: the pages of the chunk may be write-protected, and its range is registered: see `TableMoves.clean`. */
  readonly writeProtected: Uint8Array;
  protectedChunks = 0;
  /** The chunk that is looked at next when free pages are given back. */
  trimCursor = 0;
  /** When pages last came or went: see Shadows.touch. */
  lastUse = 0;
  readonly #memory: Mapping;
  readonly #discard: (address: Address, bytes: number) => void;

  /**
   * @param frameAt frame number of an address.
   * @param discard gives pages back to the system; a part of the shadow may be registered.
   * @throws MigrationError ENOMEM (no address space)
   */
  constructor(
    space: AddressSpace,
    node: number,
    span: SpanTables,
    frameAt: (address: Address) => number,
    tally: FreeTally,
    discard: (address: Address, bytes: number) => void,
  ) {
    this.#discard = discard;
    // A chunk before it that is nobody's: the last frame of another range is not a neighbour of its first.
    this.#memory = reserve((span.chunks + 1) * PMD_SIZE);
    this.space = space;
    this.node = node;
    this.span = span;
    this.address = this.#memory.address + PMD_SIZE;
    this.table = new FrameTable(frameAt(this.address), span.chunks, undefined, tally);
    this.state = new Uint8Array(span.chunks);
    this.writeProtected = new Uint8Array(span.chunks);
  }

  get bytes(): number {
    return this.span.chunks * PMD_SIZE;
  }

  /** Index of the chunk that a page of the span lies in. */
  chunkOf(page: number): number {
    return Math.floor((page - this.span.page) / PMD_PAGES);
  }

  /** The same of one of its frames. */
  chunkOfFrame(frame: number): number {
    return Math.floor((frame - this.table.first) / PMD_PAGES);
  }

  frameOf(page: number): number {
    return this.table.first + (page - this.span.page);
  }

  addressOfFrame(frame: number): Address {
    return this.address + (frame - this.table.first) * PAGE_SIZE;
  }

  addressOf(page: number): Address {
    return this.address + (page - this.span.page) * PAGE_SIZE;
  }

  /** Gives the memory of a chunk back to the system, whatever is in it; nothing of it is in flight. */
  drop(chunk: number): void {
    this.#discard(this.address + chunk * PMD_SIZE, PMD_SIZE);
    this.table.clearChunk(this.table.first + chunk * PMD_PAGES);
  }

  /** madvise(2) of what of a range of the program has its place here, as far as that is a part of the program's mapping. */
  advise(address: Address, bytes: number, advice: number): void {
    const first = Math.max(0, this.chunkOf(address / PAGE_SIZE));
    const end = Math.min(this.span.chunks, this.chunkOf((address + bytes) / PAGE_SIZE));
    for (let chunk = first; chunk < end; chunk++) {
      let next = chunk;
      while (next < end && this.state[next] === CHUNK_READY) next++;
      if (next > chunk) advise(this.address + chunk * PMD_SIZE, (next - chunk) * PMD_SIZE, advice);
      chunk = Math.max(chunk, next - 1);
    }
  }

  /** Gives back the addresses, too. */
  unmap(): void {
    for (let chunk = 0; chunk < this.span.chunks; chunk++) {
      const frame = this.table.first + chunk * PMD_PAGES;
      if (this.table.isIdle(frame)) this.table.clearChunk(frame);
    }
    this.#memory.unmap();
  }
}
