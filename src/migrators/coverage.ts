import type { CopyList } from '../offload/migrator.js';

/**
 * Tracks which folios of a list are complete, while parts of the list are copied. A part is a range of bytes of the
 * list's folios laid end to end.
 */
export class Coverage {
  readonly #pageBytes: number;
  /** Bytes that each folio still lacks. */
  #missing = new Float64Array(0);
  /** Offset at which each folio begins. */
  #start = new Float64Array(0);
  #length = 0;

  constructor(pageBytes: number) {
    this.#pageBytes = pageBytes;
  }

  reset({ length, order }: CopyList): void {
    if (this.#missing.length < length) {
      this.#missing = new Float64Array(length);
      this.#start = new Float64Array(length);
    }
    let at = 0;
    for (let i = 0; i < length; i++) {
      const bytes = this.#pageBytes * (1 << order[i]!);
      this.#start[i] = at;
      this.#missing[i] = bytes;
      at += bytes;
    }
    this.#length = length;
  }

  /** The bytes from `offset` are in place. No byte may be added twice. */
  add(offset: number, bytes: number): void {
    this.#each(offset, bytes, (i, overlap) => {
      this.#missing[i] = this.#missing[i]! - overlap;
    });
  }

  /** Sets `marks` to 1 for every folio that overlaps the range. */
  touch(offset: number, bytes: number, marks: Uint8Array): void {
    this.#each(offset, bytes, (i) => {
      marks[i] = 1;
    });
  }

  /** Sets `marks` to 1 for every complete folio. Returns their number. */
  mark(marks: Uint8Array): number {
    let whole = 0;
    for (let i = 0; i < this.#length; i++) {
      if (this.#missing[i] !== 0) continue;
      marks[i] = 1;
      whole++;
    }
    return whole;
  }

  #each(offset: number, bytes: number, visit: (folio: number, overlap: number) => void): void {
    if (bytes <= 0) return;
    const end = offset + bytes;
    for (let i = this.#folioAt(offset); i < this.#length && this.#start[i]! < end; i++) {
      const folioEnd = i + 1 < this.#length ? this.#start[i + 1]! : Number.POSITIVE_INFINITY;
      visit(i, Math.min(end, folioEnd) - Math.max(offset, this.#start[i]!));
    }
  }

  /** Index of the folio with the byte at `offset`. */
  #folioAt(offset: number): number {
    let low = 0;
    let high = this.#length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#start[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
