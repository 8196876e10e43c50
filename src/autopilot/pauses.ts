import { PAGE_SIZE } from '../common/page.js';
import { WaitHistogram } from '../common/wait-histogram.js';

/** The first batch. Its pause is below a millisecond on any host that we have measured. */
const FIRST_BYTES = 2 ** 18;
/** Larger batches are not faster (docs/performance.md, "Batch size"). */
const MAX_BYTES = 2 ** 23;
/** A batch is as large as pauses of this part of the limit allow, because some are longer than most. */
const WANTED = 0.5;
/** Batches in a row within the limit, after which the next ones are larger. */
const CALM = 32;
const GROWTH = 1.25;

/**
 * Sizes batches by the pauses of those before. The ferry does not measure how long a thread waits. A thread can only wait for a
 * page from the moment at which the batch begins to be unmapped until it is mapped. So the time between is an upper bound.
 */
export class Pauses {
  readonly #limitNs: number;
  readonly #maxBytes: number;
  readonly #seen = new WaitHistogram();
  #batchBytes: number;
  #calm = 0;

  /** @param maxBytes The largest batch of the ferry. */
  constructor(limitNs: number, maxBytes: number) {
    this.#limitNs = limitNs;
    this.#maxBytes = Math.min(maxBytes, MAX_BYTES);
    this.#batchBytes = Math.min(this.#maxBytes, FIRST_BYTES);
  }

  /** Bytes that a batch may have now. */
  get batchBytes(): number {
    return this.#batchBytes;
  }

  get limitNs(): number {
    return this.#limitNs;
  }

  get batches(): number {
    return this.#seen.count;
  }

  get p999Ns(): number {
    return this.#seen.percentile(99.9);
  }

  get maxNs(): number {
    return this.#seen.maxNs;
  }

  /** A batch was unmapped for so long. @param sized Whether it had as many bytes as it may have: not the rest of a range. */
  add(ns: number, sized: boolean): void {
    this.#seen.record(ns);
    const wanted = this.#limitNs * WANTED;
    if (ns > wanted) {
      this.#calm = 0;
      // By half at once, because a single long pause may have another cause than the size.
      this.#resize(this.#batchBytes * Math.max(wanted / ns, 0.5));
    } else if (sized && ns * GROWTH < wanted && ++this.#calm >= CALM) {
      this.#calm = 0;
      this.#resize(this.#batchBytes * GROWTH);
    }
  }

  #resize(bytes: number): void {
    const pages = Math.floor(bytes / PAGE_SIZE);
    this.#batchBytes = Math.min(this.#maxBytes, Math.max(1, pages) * PAGE_SIZE);
  }
}
