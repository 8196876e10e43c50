import { PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../../common/page.js';
import type { Address } from '../sys/libc.js';
import {
  advise,
  MADV_COLLAPSE,
  MADV_HUGEPAGE,
  MADV_NOHUGEPAGE,
  MADV_POPULATE_WRITE,
  splitHugePage,
} from '../sys/mman.js';
import { type Pagemap, pageOf } from '../sys/pagemap.js';
import type { Shadows } from '../tables/shadows.js';
import type { AddressSpace } from './address-space.js';

/** The 2 MiB mappings of a program's memory. Ranges are indices of the region's pages. */
export class HugeMappings {
  readonly #pagemap: Pagemap;
  readonly #shadows: Shadows;

  constructor(pagemap: Pagemap, shadows: Shadows) {
    this.#pagemap = pagemap;
    this.#shadows = shadows;
  }

  /** Whether one entry maps the 2 MiB that begin at a page. */
  isHuge(page: number): boolean {
    return this.#pagemap.isHuge(page * PAGE_SIZE);
  }

  /** Bytes of a range that are mapped by 2 MiB entries within it. */
  bytes(space: AddressSpace, from: number, to: number): number {
    let bytes = 0;
    for (const page of chunksOf(space, from, to)) if (this.isHuge(page)) bytes += PMD_SIZE;
    return bytes;
  }

  /**
   * Prepares a range so that 2 MiB pages can arrive. MADV_HUGEPAGE permits them. Without it, a thread that faults during
   * the migration would map small pages again. 2 MiB of which only a part was touched are filled up with zeros, as
   * MADV_COLLAPSE does. Only while the range is not registered.
   */
  prepare(space: AddressSpace, from: number, to: number): void {
    for (const [address, chunks] of runsOf(space, from, to)) {
      this.#advise(space, address, chunks * PMD_SIZE, MADV_HUGEPAGE);
      this.#fillUp(address, chunks);
    }
  }

  /**
   * Splits the huge pages of a range into base pages, and keeps the kernel from making others there (MADV_NOHUGEPAGE).
   * Small folios that fill a huge page would move as that page by one call.
   */
  split(space: AddressSpace, from: number, to: number): void {
    for (const [address, chunks] of runsOf(space, from, to)) {
      this.#advise(space, address, chunks * PMD_SIZE, MADV_NOHUGEPAGE);
      for (let k = 0; k < chunks; k++) {
        const chunk = address + k * PMD_SIZE;
        if (this.isHuge(pageOf(chunk))) splitHugePage(chunk);
      }
    }
  }

  /**
   * Collapses 2 MiB on `node` that are not mapped by one entry (MADV_COLLAPSE, Linux 6.1). Those are the 2 MiB that have
   * not left with their page table. If tables are not moved, kernels that keep the table of an emptied range (before
   * CONFIG_PT_RECLAIM) map an arriving 2 MiB page as small ones. If the table has left, every kernel maps it by one entry.
   * Only while the range is not registered. If the kernel cannot collapse, the pages stay as they are.
   */
  collapse(space: AddressSpace, from: number, to: number, node: number): void {
    for (const page of chunksOf(space, from, to)) {
      if (space.nodeAt(page) !== node || !space.onOneNode(page, PMD_PAGES) || this.isHuge(page)) continue;
      let occupied = 0;
      this.#pagemap.occupiedRanges(page * PAGE_SIZE, PMD_SIZE, (_, bytes) => {
        occupied += bytes;
      });
      if (occupied === PMD_SIZE) advise(page * PAGE_SIZE, PMD_SIZE, MADV_COLLAPSE);
    }
  }

  #advise(space: AddressSpace, address: Address, bytes: number, advice: number): void {
    advise(address, bytes, advice);
    this.#shadows.advise(space, address, bytes, advice);
  }

  #fillUp(address: Address, chunks: number): void {
    const occupied = new Float64Array(chunks);
    this.#pagemap.occupiedRanges(address, chunks * PMD_SIZE, (start, bytes) => {
      for (let at = start; at < start + bytes; ) {
        const chunk = Math.floor((at - address) / PMD_SIZE);
        const end = Math.min(start + bytes, address + (chunk + 1) * PMD_SIZE);
        occupied[chunk] = occupied[chunk]! + (end - at);
        at = end;
      }
    });
    for (let k = 0; k < chunks; k++) {
      const part = occupied[k]! > 0 && occupied[k]! < PMD_SIZE;
      if (part) advise(address + k * PMD_SIZE, PMD_SIZE, MADV_POPULATE_WRITE);
    }
  }
}

/** Runs of these 2 MiB: address of the first, and their number. */
function* runsOf(space: AddressSpace, from: number, to: number): Generator<readonly [Address, number]> {
  const chunks = [...chunksOf(space, from, to)];
  for (let first = 0; first < chunks.length; ) {
    let end = first + 1;
    while (end < chunks.length && chunks[end] === chunks[end - 1]! + PMD_PAGES) end++;
    yield [chunks[first]! * PAGE_SIZE, end - first];
    first = end;
  }
}

/** First pages of the naturally aligned 2 MiB within a range of a space. */
function* chunksOf(space: AddressSpace, from: number, to: number): Generator<number> {
  for (const span of space.spans) {
    const shift = pageOf(span.address) - span.index;
    const end = Math.min(to, span.index + span.pages) + shift;
    const start = Math.max(from, span.index) + shift;
    for (let page = Math.ceil(start / PMD_PAGES) * PMD_PAGES; page + PMD_PAGES <= end; page += PMD_PAGES) {
      yield page;
    }
  }
}
