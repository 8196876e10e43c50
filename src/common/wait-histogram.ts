/** log2 of the buckets of each power of two. A value is exact to 1/32. */
const SHARES_BITS = 5;
const SHARES = 2 ** SHARES_BITS;
/** Longer times, in ns, are in the last bucket. Only the maximum is exact. */
const MAX_NS = 2 ** 31 - 1;
const BUCKETS = bucketOf(MAX_NS) + 1;
const MAX = BUCKETS;
const SUM = BUCKETS + 1;
const LONG = BUCKETS + 2;
const LONG_SUM = BUCKETS + 3;

/** log2 of the end of the first coarse bucket, in ns. Reading the clock takes about as long. */
const COARSE_FROM_POWER = 7;
const COARSE_SHARES_BITS = 2;
const COARSE_POWERS = 23;

/** Ends of the coarse buckets, in ns, exclusive. One more bucket has all longer times (about a second). */
export const COARSE_ENDS_NS: readonly number[] = [
  2 ** COARSE_FROM_POWER,
  ...Array.from({ length: COARSE_POWERS << COARSE_SHARES_BITS }, (_, i) => {
    const power = COARSE_FROM_POWER + (i >> COARSE_SHARES_BITS);
    const share = i & (2 ** COARSE_SHARES_BITS - 1);
    return 2 ** power * (1 + (share + 1) / 2 ** COARSE_SHARES_BITS);
  }),
];

/** An access that takes longer, in ns, has waited for more than memory. */
export const LONG_NS = 5000;

/** Bytes of a histogram. */
export const HISTOGRAM_BYTES: number = (BUCKETS + 4) * Float64Array.BYTES_PER_ELEMENT;

/**
 * How long accesses took, in nanoseconds. The buckets are fixed and grow with the value, as in an HDR histogram. So
 * recording takes a few instructions. Other threads can read the shared memory. Only one thread at a time records.
 */
export class WaitHistogram {
  readonly #cells: Float64Array;

  /** @param memory HISTOGRAM_BYTES of zeros. */
  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(HISTOGRAM_BYTES), offset = 0) {
    this.#cells = new Float64Array(memory, offset, BUCKETS + 4);
  }

  /** @param ns Not negative. */
  record(ns: number): void {
    const cells = this.#cells;
    const bucket = bucketOf(ns < MAX_NS ? ns | 0 : MAX_NS);
    cells[bucket] = cells[bucket]! + 1;
    cells[SUM] = cells[SUM]! + ns;
    if (ns < LONG_NS) return;
    cells[LONG] = cells[LONG]! + 1;
    cells[LONG_SUM] = cells[LONG_SUM]! + ns;
    if (ns > cells[MAX]!) cells[MAX] = ns;
  }

  /** Adds the times of another histogram. */
  add(other: WaitHistogram): void {
    const max = Math.max(this.maxNs, other.maxNs);
    for (let i = 0; i < this.#cells.length; i++) this.#cells[i] = this.#cells[i]! + other.#cells[i]!;
    this.#cells[MAX] = max;
  }

  reset(): void {
    this.#cells.fill(0);
  }

  get count(): number {
    let count = 0;
    for (let i = 0; i < BUCKETS; i++) count += this.#cells[i]!;
    return count;
  }

  /** The longest time. Exact if it is at least LONG_NS, else the end of its bucket. */
  get maxNs(): number {
    if (this.#cells[MAX]! > 0) return this.#cells[MAX]!;
    for (let i = BUCKETS - 1; i >= 0; i--) if (this.#cells[i]! > 0) return endOf(i);
    return 0;
  }

  get totalNs(): number {
    return this.#cells[SUM]!;
  }

  /** Accesses of at least LONG_NS. */
  get long(): number {
    return this.#cells[LONG]!;
  }

  get longNs(): number {
    return this.#cells[LONG_SUM]!;
  }

  /** The time that `percent` of the accesses did not exceed, as the end of its bucket. 0 without accesses. */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.ceil((this.count * percent) / 100));
    let seen = 0;
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.#cells[i]!;
      if (seen >= wanted) return Math.min(endOf(i), this.maxNs);
    }
    return 0;
  }

  /** Accesses by coarse bucket (COARSE_ENDS_NS), few enough to draw and to send. */
  coarse(): Float64Array {
    const counts = new Float64Array(COARSE_ENDS_NS.length + 1);
    let coarse = 0;
    for (let i = 0; i < BUCKETS; i++) {
      while (coarse < COARSE_ENDS_NS.length && endOf(i) >= COARSE_ENDS_NS[coarse]!) coarse++;
      counts[coarse] = counts[coarse]! + this.#cells[i]!;
    }
    return counts;
  }
}

function bucketOf(ns: number): number {
  const power = 31 - Math.clz32(ns);
  if (power < SHARES_BITS) return ns;
  const shift = power - SHARES_BITS;
  return ((shift + 1) << SHARES_BITS) + ((ns >>> shift) & (SHARES - 1));
}

/** The largest value of a bucket. */
function endOf(bucket: number): number {
  if (bucket < SHARES) return bucket;
  const shift = (bucket >> SHARES_BITS) - 1;
  return (SHARES + (bucket & (SHARES - 1)) + 1) * 2 ** shift - 1;
}
