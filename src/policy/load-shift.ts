/** The latencies of two nodes count as equal if they differ by less than this part. */
const EQUAL = 0.05;
/** The search starts again when its interval is narrower than this share. */
const NARROW = 0.01;

/**
 * Finds the share of accesses at which two nodes have the same loaded latency, by bisection (Colloid, SOSP 2024). The
 * interval opens again when the load changes.
 */
export class LoadShift {
  #low = 0;
  #high = 1;

  /**
   * The share of all accesses that should move now, from 0 to 1: to the fast node if that is faster under the present load,
   * else away from it.
   */
  shift(share: number, fastNs: number, slowNs: number): number {
    if (Math.abs(fastNs - slowNs) < EQUAL * fastNs) return 0;
    const faster = fastNs < slowNs;
    if (faster) this.#low = share;
    else this.#high = share;
    if (this.#high - this.#low < NARROW) {
      if (faster) this.#high = 1;
      else this.#low = 0;
    }
    return Math.abs((this.#low + this.#high) / 2 - share);
  }
}
