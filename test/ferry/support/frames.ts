import type { Mapping } from '../../../src/linux/sys/mman.js';
import { memory, PAGE, peek, poke } from '../../linux/support/memory.js';

/** Frames of real memory, each filled with its own number. */
export class Frames {
  readonly #mapping: Mapping;
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
    this.#mapping = memory(count * PAGE, true);
    this.refill();
  }

  /** Address of frame 0. */
  get base(): number {
    return this.#mapping.address;
  }

  refill(): void {
    for (let frame = 0; frame < this.#count; frame++) {
      poke(this.base + frame * PAGE, new Uint8Array(new Uint16Array(PAGE / 2).fill(frame).buffer));
    }
  }

  /** Which frame's content each of `count` frames from `first` on holds; NaN for a mixture. */
  contents(first: number, count: number): number[] {
    return Array.from({ length: count }, (_, i) => {
      const words = new Uint16Array(peek(this.base + (first + i) * PAGE, PAGE).buffer);
      return words.every((word) => word === words[0]) ? words[0]! : Number.NaN;
    });
  }

  unmap(): void {
    this.#mapping.unmap();
  }
}
