import { types } from 'node:util';
import { type AdoptableBuffer, bytesOf } from './adoptable.js';

/**
 * The shared memory of a ferry's regions, which must not be freed while the migration thread has it. The thread itself
 * references none: what it has dropped would be freed at its next collection of garbage only, and it makes so little
 * garbage that this can be hours later.
 */
export class HeldMemory {
  readonly #of = new Map<number, readonly SharedArrayBuffer[]>();

  /** Holds the memory of a region until it is dropped. The program's own objects may be collected before. */
  hold(region: number, operation: string, buffers: readonly AdoptableBuffer[]): void {
    const memories = buffers
      .map((buffer) => bytesOf(operation, buffer).memory)
      .filter((memory) => types.isSharedArrayBuffer(memory));
    if (memories.length > 0) this.#of.set(region, structuredClone(memories));
  }

  drop(region: number): void {
    this.#of.delete(region);
  }

  /** Once no page of any region can be in flight. */
  dropAll(): void {
    this.#of.clear();
  }
}
