import { PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../../common/page.js';
import type { AddressSpace } from '../memory/address-space.js';
import { FrameTable, type FreeTally } from '../memory/frame-table.js';
import type { Address } from '../sys/libc.js';
import { advise, type Mapping, reserve } from '../sys/mman.js';

/** The chunk's range is as it was reserved. Page tables cannot come and go without leaving mappings behind. */
export const CHUNK_NEW = 0;
/** The chunk's range is a part of the program's own mapping that was moved here: see table-moves.ts. */
export const CHUNK_READY = 1;
/** The chunk's range cannot be made ready. */
export const CHUNK_REFUSED = 2;

/** The whole page tables of a span: `chunks` × 2 MiB of the program, from page `page` on. */
export interface SpanTables {
  readonly page: number;
  readonly chunks: number;
}

/**
 * The place on one node for the whole page tables of one span, while the program does not map them. It is a range of the
 * same shape as the span, so each page has a fixed place in it. Pages that leave the program go to their place on their
 * node. Pages that come to the program come from their place on the target.
 *
 * The books are those of a pool: FrameTable. Frame `frameOf(p)` of the table is the place of page p.
 */
export class Shadow {
  readonly space: AddressSpace;
  readonly node: number;
  readonly span: SpanTables;
  readonly address: Address;
  readonly table: FrameTable;
  /** CHUNK_… of each chunk. */
  readonly state: Uint8Array;
  /** 1 if the pages of the chunk may be write-protected, and its range is registered: see `TableMoves.clean`. */
  readonly writeProtected: Uint8Array;
  protectedChunks = 0;
  /** The next chunk to check when free pages are freed. */
  trimCursor = 0;
  /** When pages last came or went: see Shadows.touch. */
  lastUse = 0;
  readonly #memory: Mapping;
  readonly #discard: (address: Address, bytes: number) => void;

  /**
   * @param frameAt Returns the frame number of an address.
   * @param discard Frees pages. A part of the shadow may be registered.
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
    // An unused chunk before it, so that the last frame of another range is not a neighbour of its first frame.
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

  chunkOf(page: number): number {
    return Math.floor((page - this.span.page) / PMD_PAGES);
  }

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

  /** Frees the memory of a chunk, whatever it contains. No page of it may be in flight. */
  drop(chunk: number): void {
    this.#discard(this.address + chunk * PMD_SIZE, PMD_SIZE);
    this.table.clearChunk(this.table.first + chunk * PMD_PAGES);
  }

  /** madvise(2) for the places of a program's range, as far as they are parts of the program's mapping. */
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

  /** Also frees the addresses. */
  unmap(): void {
    for (let chunk = 0; chunk < this.span.chunks; chunk++) {
      const frame = this.table.first + chunk * PMD_PAGES;
      if (this.table.isIdle(frame)) this.table.clearChunk(frame);
    }
    this.#memory.unmap();
  }
}
