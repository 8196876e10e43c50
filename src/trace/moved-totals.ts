import { MAX_NAMES } from './name-table.js';

/**
 * What batches have moved while they were recorded, by the number of their migrator's name (0: none), in memory that
 * several threads share. Who only wants to know that need not read every event. One thread, that which migrates, adds.
 */
export class MovedTotals {
  static readonly bytes: number = MAX_NAMES * 2 * Float64Array.BYTES_PER_ELEMENT;
  /** Of each name: bytes, batches. */
  readonly #cells: Float64Array;

  constructor(buffer: SharedArrayBuffer, offset: number) {
    this.#cells = new Float64Array(buffer, offset, MAX_NAMES * 2);
  }

  /** Counts a batch. */
  add(migrator: number, bytes: number): void {
    const at = migrator * 2;
    this.#cells[at] = this.#cells[at]! + bytes;
    this.#cells[at + 1] = this.#cells[at + 1]! + 1;
  }

  bytesOf(migrator: number): number {
    return this.#cells[migrator * 2]!;
  }

  batchesOf(migrator: number): number {
    return this.#cells[migrator * 2 + 1]!;
  }
}
