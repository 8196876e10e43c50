import { MAX_NAMES } from './name-table.js';

/**
 * Totals of the recorded batches by the number of their migrator's name (0: none), in memory that several threads share. A
 * reader of the totals need not read every event. Only the migration thread adds.
 */
export class MovedTotals {
  static readonly bytes: number = MAX_NAMES * 2 * Float64Array.BYTES_PER_ELEMENT;
  /** For each name: bytes, batches. */
  readonly #cells: Float64Array;

  constructor(buffer: SharedArrayBuffer, offset: number) {
    this.#cells = new Float64Array(buffer, offset, MAX_NAMES * 2);
  }

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
