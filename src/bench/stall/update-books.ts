import { countUpdates } from '../harness/counters.js';

/** Holds what is in a memory of counters against the updates that were made. */
export class UpdateBooks {
  readonly #counters: Int32Array;
  #made = 0;
  #found = 0;
  #damaged = 0;

  /** @param counters As `fillCounters` has left them. */
  constructor(counters: Int32Array) {
    this.#counters = counters;
  }

  /**
   * After `updates` more, which nobody makes any more: how many of them are missing or there twice, and how many
   * places have come to hold what they cannot. What was lost before is not counted again.
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
