import { countUpdates } from '../harness/counters.js';

/** Compares a memory of counters with the updates that were made. */
export class UpdateBooks {
  readonly #counters: Int32Array;
  #made = 0;
  #found = 0;
  #damaged = 0;

  /** @param counters Filled by `fillCounters`. */
  constructor(counters: Int32Array) {
    this.#counters = counters;
  }

  /**
   * After `updates` more have ended: the number of them that are missing or were made twice, and of places with new
   * impossible values. Earlier losses are not counted again.
   */
  lostOf(updates: number): number {
    this.#made += updates;
    const { found, damaged } = countUpdates(this.#counters, this.#made);
    const lost = Math.abs(found - this.#found - updates) + Math.max(0, damaged - this.#damaged);
    this.#found = found;
    this.#damaged = damaged;
    return lost;
  }
}
