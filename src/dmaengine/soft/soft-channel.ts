import type { Worker } from 'node:worker_threads';
import { ERRNO } from '../../common/errno.js';
import type { CopyRoutine } from '../../linux/code/copy.js';
import { Futex } from '../../linux/sys/futex.js';
import { type Address, libc } from '../../linux/sys/libc.js';
import { storeAndWake, waitWhile } from '../../linux/sys/wait-word.js';
import { endThread } from '../../linux/threads/engine-worker.js';
import { nothingOut } from '../../linux/threads/nothing-out.js';
import { DMA_COMPLETE, DMA_ERROR, type DmaAddress, type DmaChannel, type DmaClient } from '../channel.js';
import {
  DONE,
  DONE_SLEEPERS,
  DONE_WANTED,
  ENDED,
  FAIL,
  ISSUED,
  ISSUED_SLEEPERS,
  RING_CAPACITY,
  type Ring,
  STOP,
} from './ring.js';

/**
 * Nanoseconds of one sleep. A thread that ends between two checks does not change the counter that the sleeper waits
 * for.
 */
const NAP_NS = 10_000_000;

/**
 * The client's side of a soft channel. A thread copies the descriptors in a ring, and the client may help it. DMA
 * addresses are addresses of this process.
 */
export class SoftChannel implements DmaChannel {
  readonly name: string;
  readonly capacity = RING_CAPACITY;
  readonly maxBytes = 2 ** 40;
  readonly #ring: Ring;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #copy: CopyRoutine;
  readonly #words: Int32Array;
  readonly #address: Address;
  readonly #futex = new Futex();
  /** Free cookies. The next one is the last. */
  readonly #free = Int32Array.from({ length: RING_CAPACITY }, (_, i) => RING_CAPACITY - 1 - i);
  #freeCount = RING_CAPACITY;
  /** Ring counters: descriptors submitted, issued, and passed to `completed`. */
  #submitted = 0;
  #issued = 0;
  #told = 0;
  #alive = true;
  client: DmaClient | undefined;

  /**
   * @param exited resolves when the thread has ended.
   * @param copy the routine with which the client helps.
   */
  constructor(name: string, ring: Ring, worker: Worker, exited: Promise<void>, copy: CopyRoutine) {
    this.name = name;
    this.#ring = ring;
    this.#worker = worker;
    this.#exited = exited;
    this.#copy = copy;
    this.#words = ring.words;
    this.#address = libc().addressOf(ring.words);
    exited.then(() => {
      this.#alive = false;
    });
  }

  get alive(): boolean {
    return this.#alive && Atomics.load(this.#words, ENDED) === 0;
  }

  get inFlight(): number {
    return (this.#issued - this.#told) | 0;
  }

  prepMemcpy(dst: DmaAddress, src: DmaAddress, bytes: number): number {
    if (!this.alive) return -ERRNO.ENODEV;
    if (!(bytes > 0 && bytes <= this.maxBytes)) return -ERRNO.EINVAL;
    if (this.#freeCount === 0) return -ERRNO.EBUSY;
    const cookie = this.#free[--this.#freeCount]!;
    this.#ring.dst[cookie] = dst;
    this.#ring.src[cookie] = src;
    this.#ring.bytes[cookie] = bytes;
    return cookie;
  }

  submit(cookie: number): void {
    this.#ring.setCookieAt(this.#submitted, cookie);
    this.#submitted = (this.#submitted + 1) | 0;
  }

  discard(cookie: number): void {
    this.#free[this.#freeCount++] = cookie;
  }

  issuePending(): void {
    if (this.#issued === this.#submitted || !this.alive) return;
    for (let n = this.#issued; n !== this.#submitted; n = (n + 1) | 0)
      this.#ring.open(this.#ring.cookieAt(n));
    this.#issued = this.#submitted;
    storeAndWake(this.#words, ISSUED, this.#issued, ISSUED_SLEEPERS, this.#futex, this.#address);
  }

  poll(): number {
    if (!this.#alive) return 0;
    const { client } = this;
    const ring = this.#ring;
    const done = Atomics.load(this.#words, DONE);
    let ended = 0;
    // `completed` may end the channel, or call `poll` and take more than this loop.
    while (this.#alive && ((done - this.#told) | 0) > 0) {
      const cookie = ring.endedAt(this.#told);
      // Another thread has this place, and is about to fill it.
      if (cookie < 0) break;
      this.#told = (this.#told + 1) | 0;
      this.#free[this.#freeCount++] = cookie;
      ended++;
      const failed = ring.result[cookie] !== 0;
      // The progress of a failed copy is not known.
      client?.completed(this, cookie, failed ? DMA_ERROR : DMA_COMPLETE, failed ? 0 : ring.bytes[cookie]!);
    }
    return ended;
  }

  wait(nanoseconds: number, count = 1): number {
    const ended = this.poll();
    if (ended > 0 || !this.alive || this.inFlight === 0) return ended;
    const wanted = (this.#told + Math.max(1, Math.min(count, this.inFlight))) | 0;
    Atomics.store(this.#words, DONE_WANTED, wanted);
    const until = performance.now() + nanoseconds / 1e6;
    for (;;) {
      const done = Atomics.load(this.#words, DONE);
      const left = (until - performance.now()) * 1e6;
      if (((done - wanted) | 0) >= 0 || left <= 0 || !this.alive) return this.poll();
      const nap = Math.min(left, NAP_NS);
      waitWhile(this.#words, DONE, done, DONE_SLEEPERS, nap, this.#futex, this.#address);
    }
  }

  help(cookie: number): number {
    if (!this.#alive) return 0;
    const ring = this.#ring;
    let bytes = 0;
    for (let piece = ring.take(cookie); piece >= 0; piece = ring.take(cookie)) {
      bytes += ring.work(cookie, piece, this.#copy);
    }
    return bytes;
  }

  failNext(): void {
    Atomics.store(this.#words, FAIL, 1);
  }

  /** Frees what the client has prepared or submitted. Only with nothing in flight. */
  reset(): void {
    this.client = undefined;
    this.#submitted = this.#issued;
    for (let i = 0; i < RING_CAPACITY; i++) this.#free[i] = RING_CAPACITY - 1 - i;
    this.#freeCount = RING_CAPACITY;
  }

  async terminate(): Promise<void> {
    this.#alive = false;
    Atomics.store(this.#words, STOP, 1);
    this.#futex.wake(this.#address + ISSUED * 4);
    await nothingOut();
    await endThread(this.#worker);
    await this.#exited;
  }
}
