import { PAGE_SIZE } from '../common/page.js';
import { WaitHistogram } from '../common/wait-histogram.js';

/** The first batch. Its pause is below a millisecond on any host that we have measured. */
const FIRST_BYTES = 2 ** 18;
/** Larger batches are not faster (docs/performance.md, "Batch size"). */
const MAX_BYTES = 2 ** 23;
/**
 * A smaller batch costs more than it helps, unless such a batch usually takes more than `USUAL` of the limit. A long pause of one
 * that is shorter has another cause than its size: the migration thread got no CPU.
 */
const SMALL_BYTES = 2 ** 16;
const USUAL = 0.125;
/** The usual time for a byte follows the batches by these steps. So one in four is faster. */
const FASTER = 0.97;
const SLOWER = 1.01;
/** Of so few units the one that took the shortest time counts. Others may have got no CPU. */
const FEW = 4;
/** This part of a time that was too long is left in the next epoch. */
const FORGOTTEN = 0.98;
/** A batch is as large as pauses of this part of the limit allow, because some are longer than most. */
const WANTED = 0.5;
/** Batches in a row within the limit, after which the next ones are larger. */
const CALM = 32;
const GROWTH = 1.25;
/** A batch with this part of the bytes that it may have says something of that size. */
const SIZED = 0.9;

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
  /** Usual time for a byte of a batch, nanoseconds. */
  #nsPerByte = 0;
  /** Usual time of a unit that is brought to a huge page, nanoseconds. */
  #hugeNs = 0;
  #huge = 0;

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

  /** A batch of so many bytes was unmapped for so long. The rest of a range may be smaller than others. */
  add(ns: number, bytes: number): void {
    this.#seen.record(ns);
    const each = ns / bytes;
    this.#nsPerByte =
      this.#nsPerByte === 0 ? each : this.#nsPerByte * (each < this.#nsPerByte ? FASTER : SLOWER);
    const sized = bytes >= this.#batchBytes * SIZED;
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

  /** A unit was brought to a huge page. Its batch cannot be smaller. */
  addHuge(ns: number): void {
    this.#seen.record(ns);
    const known = this.#hugeNs;
    if (++this.#huge <= FEW) this.#hugeNs = known === 0 ? ns : Math.min(known, ns);
    else this.#hugeNs = known * (ns < known ? FASTER : SLOWER);
  }

  /**
   * Whether units can be brought to huge pages within the limit, as far as it is known. To be called once an epoch. A time that was
   * too long is forgotten slowly, so that it is tried again.
   */
  permitsHuge(): boolean {
    if (this.#huge < FEW || this.#hugeNs <= this.#limitNs) return true;
    this.#hugeNs *= FORGOTTEN;
    return false;
  }

  #resize(bytes: number): void {
    const small = Math.min(SMALL_BYTES, (this.#limitNs * USUAL) / this.#nsPerByte);
    const pages = Math.floor(Math.max(bytes, small) / PAGE_SIZE);
    this.#batchBytes = Math.min(this.#maxBytes, Math.max(1, pages) * PAGE_SIZE);
  }
}
