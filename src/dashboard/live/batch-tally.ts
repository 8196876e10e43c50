import type { MovedTotals } from '../../trace/moved-totals.js';
import { MAX_NAMES } from '../../trace/name-table.js';

/** Counts what batches have moved since the last call, by migrator. */
export class BatchTally {
  readonly #totals: MovedTotals;
  readonly #bytes = new Float64Array(MAX_NAMES);
  readonly #batches = new Float64Array(MAX_NAMES);

  constructor(totals: MovedTotals) {
    this.#totals = totals;
    for (let migrator = 0; migrator < MAX_NAMES; migrator++) this.#note(migrator);
  }

  /** Undefined if nothing has moved. `none` is the migration thread without a migrator. */
  take(nameOf: (migrator: number) => string): Record<string, readonly [number, number]> | undefined {
    let moved: Record<string, readonly [number, number]> | undefined;
    for (let migrator = 0; migrator < MAX_NAMES; migrator++) {
      const batches = this.#totals.batchesOf(migrator) - this.#batches[migrator]!;
      if (batches === 0) continue;
      const bytes = this.#totals.bytesOf(migrator) - this.#bytes[migrator]!;
      this.#note(migrator);
      moved ??= {};
      moved[migrator === 0 ? 'none' : nameOf(migrator)] = [bytes, batches];
    }
    return moved;
  }

  #note(migrator: number): void {
    this.#bytes[migrator] = this.#totals.bytesOf(migrator);
    this.#batches[migrator] = this.#totals.batchesOf(migrator);
  }
}
