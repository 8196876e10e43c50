import { RandomStream } from '../../src/common/random.js';
import {
  type AccessSink,
  KIND_READ,
  KIND_WRITE,
  NO_THREAD,
  TOUCHED_SOMETIME,
  UNTOUCHED,
} from '../../src/heat/observation.js';

const SECOND = 1e9;

/** Pages that are accessed at random, each at its own rate, and a source that watches them. The same seed gives the same. */
export class PoissonPages {
  /** Accesses per second of each page. */
  readonly rates: Float64Array;
  readonly #random: RandomStream;
  readonly #sink: AccessSink;
  /** Part of the accesses that are writes. */
  writes = 0;
  /** Now, ns. */
  nowNs = SECOND;

  constructor(pages: number, sink: AccessSink, seed = 1) {
    this.rates = new Float64Array(pages);
    this.#random = new RandomStream(seed);
    this.#sink = sink;
  }

  /** From 0 to below 1. */
  random(): number {
    return (this.#random.next() + 0.5) / 2 ** 32;
  }

  below(bound: number): number {
    return this.#random.below(bound);
  }

  /** Accesses per second to a unit. */
  rate(page: number, pages: number): number {
    let sum = 0;
    for (let i = page; i < Math.min(page + pages, this.rates.length); i++) sum += this.rates[i]!;
    return sum;
  }

  /** Watches a unit from now on, until its first access or the limit. Time does not pass: many are watched at once. */
  watch(page: number, pages: number, limitNs: number): void {
    const gap = this.#gap(page, pages);
    const touched = gap < limitNs;
    this.#sink.observe(page, pages, limitNs, touched ? gap : UNTOUCHED, this.nowNs, this.#kind(), NO_THREAD);
  }

  /** Reports only whether a unit was accessed in an interval. */
  check(page: number, pages: number, intervalNs: number): void {
    const touched = this.#gap(page, pages) < intervalNs;
    this.#sink.observe(
      page,
      pages,
      intervalNs,
      touched ? TOUCHED_SOMETIME : UNTOUCHED,
      this.nowNs,
      this.#kind(),
      NO_THREAD,
    );
  }

  #gap(page: number, pages: number): number {
    const rate = this.rate(page, pages);
    return rate === 0 ? Number.POSITIVE_INFINITY : (-Math.log(this.random()) / rate) * SECOND;
  }

  #kind(): number {
    return this.random() < this.writes ? KIND_WRITE : KIND_READ;
  }
}
