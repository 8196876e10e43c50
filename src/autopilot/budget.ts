import { PMD_SIZE } from '../common/page.js';

/** A first estimate of the time of the migration thread for each byte. It is replaced by what moves take. */
const FIRST_NS_PER_BYTE = 0.5;
/** Weight of the last epoch in what moves take. */
const NEWEST = 0.5;
/** An exchange needs two units. Room for some of them is saved up, however small the budget is. */
const LEAST_BYTES = 8 * PMD_SIZE;
/** Part of the budget in an epoch in which CPUs are short. */
const SHORT = 0.25;
/** A budget is saved up for so long at most. */
const SAVED_S = 1;

/** Bytes and CPU time that may be used. Both are saved up for a second at most, and never below zero for long. */
export class Budget {
  readonly #bytesPerSecond: number;
  readonly #nsPerSecond: number;
  #bytes: number;
  #ns: number;
  #nsPerByte = FIRST_NS_PER_BYTE;
  #filledAt: number;
  /** Of this epoch. */
  #epochBytes = 0;
  #epochNs = 0;

  /** @param cpuShare Of one CPU, for moving alone. @param now Milliseconds. */
  constructor(bytesPerSecond: number, cpuShare: number, now: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#nsPerSecond = cpuShare * 1e9;
    this.#bytes = bytesPerSecond * SAVED_S;
    this.#ns = this.#nsPerSecond * SAVED_S;
    this.#filledAt = now;
  }

  /** Time of the migration thread for each byte, nanoseconds. */
  get nsPerByte(): number {
    return this.#nsPerByte;
  }

  /** Begins an epoch. Returns the bytes that may move in it. */
  begin(now: number, short: boolean): number {
    const seconds = Math.max(0, now - this.#filledAt) / 1000;
    this.#filledAt = now;
    const maxBytes = Math.max(this.#bytesPerSecond * SAVED_S, LEAST_BYTES);
    const maxNs = Math.max(this.#nsPerSecond * SAVED_S, LEAST_BYTES * this.#nsPerByte);
    this.#bytes = Math.min(maxBytes, this.#bytes + seconds * this.#bytesPerSecond);
    this.#ns = Math.min(maxNs, this.#ns + seconds * this.#nsPerSecond);
    this.#epochBytes = 0;
    this.#epochNs = 0;
    return this.left(short);
  }

  /** Bytes that may still move. */
  left(short = false): number {
    const bytes = Math.min(this.#bytes, this.#ns / this.#nsPerByte);
    return Math.max(0, Math.floor(short ? bytes * SHORT : bytes));
  }

  /** So many bytes have moved, and have taken so long. */
  spend(bytes: number, ns: number): void {
    this.#bytes -= bytes;
    this.#ns -= ns;
    this.#epochBytes += bytes;
    this.#epochNs += ns;
  }

  /** Ends an epoch: learns what moves take. */
  end(): void {
    // Few bytes say little: a call has a cost of its own.
    if (this.#epochBytes < PMD_SIZE) return;
    this.#nsPerByte += NEWEST * (this.#epochNs / this.#epochBytes - this.#nsPerByte);
  }
}
