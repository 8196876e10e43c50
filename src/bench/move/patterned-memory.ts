import { PMD_SIZE } from '../../common/page.js';
import type { Ferry } from '../../ferry/ferry.js';
import type { MigratableRange, Region } from '../../ferry/region.js';
import { libc } from '../../linux/sys/libc.js';
import { advise, MADV_DONTNEED, MADV_NOHUGEPAGE } from '../../linux/sys/mman.js';
import { Pagemap } from '../../linux/sys/pagemap.js';
import { fillPattern, firstDamaged } from '../harness/pattern.js';

/** Largest buffer of a region from `ferry.allocate`. */
const BUFFER_LIMIT = 4 * 2 ** 30;
/** Of each buffer, at most this much is lost to aligning what is measured. */
const EDGES = 2 * PMD_SIZE;

/** Words of a cache line. */
const LINE_WORDS = 16;

/** The part of one buffer that is measured: whole huge pages' worth of aligned addresses. */
interface Part {
  readonly words: Int32Array;
  readonly address: number;
  /** Bytes from the start of the region. */
  readonly offset: number;
  readonly length: number;
}

/**
 * A region filled with a pattern. What is measured begins and ends on 2 MiB boundaries, so that every folio
 * has the size that its row says.
 */
export class PatternedMemory {
  readonly region: Region<SharedArrayBuffer>;
  /** Of what is measured. */
  readonly bytes: number;
  readonly #seed: number;
  readonly #parts: readonly Part[];

  constructor(ferry: Ferry, bytes: number, folioSize: number, node: number, seed: number) {
    const pieces = Math.ceil(bytes / (BUFFER_LIMIT - EDGES));
    this.region = ferry.allocate(bytes + pieces * EDGES, { folioSize, node });
    this.bytes = bytes;
    this.#seed = seed;
    this.#parts = alignedParts(this.region, bytes);
    for (const { words, address, length } of this.#parts) {
      // Where every large mapping gets huge pages by default, the small folios' rows would be about those.
      if (folioSize < PMD_SIZE) advise(address, length, MADV_NOHUGEPAGE);
      fillPattern(words, seed);
    }
  }

  /** What to migrate, by offset in the region. */
  get ranges(): readonly MigratableRange[] {
    return this.#parts;
  }

  /** Offset in the region of the byte at `position` of what is measured. */
  offsetOf(position: number): number {
    let rest = position;
    for (const { offset, length } of this.#parts) {
      if (rest < length) return offset + rest;
      rest -= length;
    }
    throw new RangeError('a position beyond the memory');
  }

  /** Whether every byte is what it was filled with. */
  verify(): boolean {
    return this.#parts.every(({ words }) => firstDamaged(words, this.#seed) < 0);
  }

  /** The same for the folios of `folioSize` bytes at these offsets. */
  verifyFolios(offsets: Float64Array, folioSize: number): boolean {
    return offsets.every((offset) => {
      const part = this.#parts.find((p) => offset >= p.offset && offset < p.offset + p.length)!;
      const from = (offset - part.offset) / 4;
      return firstDamaged(part.words, this.#seed, from, from + folioSize / 4) < 0;
    });
  }

  /** Reads each cache line of the first `bytes`. Returns something, so that it cannot be left out. */
  touch(bytes: number): number {
    let sum = 0;
    let left = bytes / 4;
    for (const { words } of this.#parts) {
      const end = Math.min(left, words.length);
      for (let i = 0; i < end; i += LINE_WORDS) sum = (sum + words[i]!) | 0;
      left -= end;
    }
    return sum;
  }

  /** Address of the byte at this offset in the region. */
  addressOf(offset: number): number {
    const part = this.#parts.find((p) => offset >= p.offset && offset < p.offset + p.length)!;
    return part.address + (offset - part.offset);
  }

  /** Addresses of the 2 MiB that lie on one huge page. */
  hugeAddresses(): Set<number> {
    const found = new Set<number>();
    this.#eachHuge((address, bytes) => {
      for (let done = 0; done < bytes; done += PMD_SIZE) found.add(address + done);
    });
    return found;
  }

  /** The share of it that lies on huge pages, 0 to 1. */
  hugeShare(): number {
    let huge = 0;
    this.#eachHuge((_, bytes) => {
      huge += bytes;
    });
    return huge / this.#parts.reduce((sum, { length }) => sum + length, 0);
  }

  /**
   * Gives the pages back at once: garbage collection will do so at some time, and the next size needs the
   * room now. Only once the ferry is closed.
   */
  discard(): void {
    for (const { address, length } of this.#parts) advise(address, length, MADV_DONTNEED);
  }

  #eachHuge(each: (address: number, bytes: number) => void): void {
    const pagemap = new Pagemap();
    for (const { address, length } of this.#parts) pagemap.hugeRanges(address, length, each);
    pagemap.close();
  }
}

function alignedParts({ buffers }: Region<SharedArrayBuffer>, bytes: number): Part[] {
  const parts: Part[] = [];
  let base = 0;
  let missing = bytes;
  for (const buffer of buffers) {
    const start = libc().addressOf(new Uint8Array(buffer, 0, 1));
    const address = Math.ceil(start / PMD_SIZE) * PMD_SIZE;
    const skipped = address - start;
    const whole = Math.floor((buffer.byteLength - skipped) / PMD_SIZE) * PMD_SIZE;
    const length = Math.min(missing, whole);
    if (length > 0) {
      const words = new Int32Array(buffer, skipped, length / 4);
      parts.push({ words, address, offset: base + skipped, length });
    }
    missing -= length;
    base += buffer.byteLength;
  }
  return parts;
}
