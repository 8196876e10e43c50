import type { DmaAddress } from '../channel.js';

/** States of a descriptor (docs/dma-devices.md has a diagram). */
export const FREE = 0;
export const PREPARED = 1;
export const SUBMITTED = 2;
/** It was issued, and waits for room in the queue. The device does not have it, or not the rest of it. */
export const WAITING = 3;
/** The device has it. */
export const RUNNING = 4;

/** The descriptors of a channel, by cookie, as a struct of arrays. */
export class DescriptorTable {
  readonly dst: Float64Array;
  readonly src: Float64Array;
  readonly bytes: Float64Array;
  /** Bytes from the start that are in place. */
  readonly done: Float64Array;
  /** Page faults since the last byte of progress. */
  readonly faults: Uint8Array;
  readonly state: Uint8Array;
  readonly #free: Int32Array;
  #freeCount: number;

  constructor(capacity: number) {
    this.dst = new Float64Array(capacity);
    this.src = new Float64Array(capacity);
    this.bytes = new Float64Array(capacity);
    this.done = new Float64Array(capacity);
    this.faults = new Uint8Array(capacity);
    this.state = new Uint8Array(capacity);
    this.#free = Int32Array.from({ length: capacity }, (_, i) => capacity - 1 - i);
    this.#freeCount = capacity;
  }

  /** Prepares a free cookie. Returns -1 when all are in use. */
  take(dst: DmaAddress, src: DmaAddress, bytes: number): number {
    if (this.#freeCount === 0) return -1;
    const cookie = this.#free[--this.#freeCount]!;
    this.dst[cookie] = dst;
    this.src[cookie] = src;
    this.bytes[cookie] = bytes;
    this.done[cookie] = 0;
    this.faults[cookie] = 0;
    this.state[cookie] = PREPARED;
    return cookie;
  }

  free(cookie: number): void {
    this.state[cookie] = FREE;
    this.#free[this.#freeCount++] = cookie;
  }

  /** @throws RangeError if the descriptor is not prepared, which is a mistake of the caller. */
  expectPrepared(cookie: number, call: string): void {
    if (this.state[cookie] !== PREPARED)
      throw new RangeError(`${call}: descriptor ${cookie} is not prepared`);
  }
}
