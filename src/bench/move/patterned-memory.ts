import type { Ferry } from '../../ferry/ferry.js';
import { AlignedMemory } from '../harness/aligned-memory.js';
import { fillPattern, firstDamaged } from '../harness/pattern.js';

/** Words of a cache line. */
const LINE_WORDS = 16;

/** Aligned memory that is filled with a pattern. */
export class PatternedMemory extends AlignedMemory {
  readonly #seed: number;

  constructor(ferry: Ferry, bytes: number, folioSize: number, node: number, seed: number) {
    super(ferry, bytes, folioSize, node);
    this.#seed = seed;
    for (const { words } of this.parts) fillPattern(words, seed);
  }

  /** Offset in the region of the byte at `position` of what is measured. */
  offsetOf(position: number): number {
    let rest = position;
    for (const { offset, length } of this.parts) {
      if (rest < length) return offset + rest;
      rest -= length;
    }
    throw new RangeError('a position beyond the memory');
  }

  /** Whether every byte still has the pattern. */
  verify(): boolean {
    return this.parts.every(({ words }) => firstDamaged(words, this.#seed) < 0);
  }

  /** Verifies the folios of `folioSize` bytes at these offsets. */
  verifyFolios(offsets: Float64Array, folioSize: number): boolean {
    return offsets.every((offset) => {
      const part = this.#partOf(offset);
      const from = (offset - part.offset) / 4;
      return firstDamaged(part.words, this.#seed, from, from + folioSize / 4) < 0;
    });
  }

  /** Reads each cache line of the first `bytes`. The result keeps the compiler from removing the reads. */
  touch(bytes: number): number {
    let sum = 0;
    let left = bytes / 4;
    for (const { words } of this.parts) {
      const end = Math.min(left, words.length);
      for (let i = 0; i < end; i += LINE_WORDS) sum = (sum + words[i]!) | 0;
      left -= end;
    }
    return sum;
  }

  /** Address of the byte at this offset in the region. */
  addressOf(offset: number): number {
    const part = this.#partOf(offset);
    return part.address + (offset - part.offset);
  }

  #partOf(offset: number): PatternedMemory['parts'][number] {
    return this.parts.find((part) => offset >= part.offset && offset < part.offset + part.length)!;
  }
}
