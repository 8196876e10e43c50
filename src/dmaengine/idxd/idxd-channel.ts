import { ERRNO } from '../../common/errno.js';
import { libc } from '../../linux/sys/libc.js';
import { DMA_COMPLETE, DMA_ERROR, type DmaAddress, type DmaChannel, type DmaClient } from '../channel.js';
import {
  bytesFromStart,
  clearCompletion,
  completionStatus,
  STATUS_NONE,
  STATUS_PAGE_FAULT,
  STATUS_PAGE_FAULT_UNRESOLVED,
  STATUS_SUCCESS,
} from './completion.js';
import { CookieRing } from './cookie-ring.js';
import { DESCRIPTOR_WORDS, encodeMemmove, memmoveFlags } from './descriptor.js';
import { DescriptorTable, RUNNING, SUBMITTED, WAITING } from './descriptor-table.js';
import type { Lane } from './lane.js';
import { recordWord } from './queue-memory.js';
import { whenQuiet } from './when-quiet.js';

/** Maximum page faults of one descriptor in a row without a byte copied in between. Then the copy fails. */
const MAX_FAULTS = 8;
/** Nanoseconds that `wait` reads the records without sleeping: about the time to copy a small batch. */
const SPIN_NS = 20_000;
/** Sleeps of `wait` begin with this and double, in µs. A device copies some 2 MB in the longest of them. */
const FIRST_NAP_US = 10;
const LONGEST_NAP_US = 80;

/** Sleeps for `wait`. A device only writes to memory, so nothing can wake the thread. */
export type Nap = (microseconds: number) => void;

/**
 * One user work queue of an Intel DSA. The device uses the process's page tables, so addresses are those of this
 * process (shared virtual addressing).
 *
 * A copy that meets a page fault continues with a new descriptor for the rest. This class never touches the page to
 * bring it in, because this very thread may have to resolve faults there. A device that blocks on faults makes the
 * kernel resolve them. For any other device the fault either passes or ends the copy as DMA_ERROR.
 */
export class IdxdChannel implements DmaChannel {
  readonly name: string;
  readonly capacity: number;
  readonly maxBytes: number;
  readonly #lane: Lane;
  readonly #client: DmaClient;
  readonly #nap: Nap;
  readonly #flags: number;
  readonly #table: DescriptorTable;
  readonly #submitted: CookieRing;
  readonly #waiting: CookieRing;
  /** The first `#running` are in the device. Never more than the queue's size: a dedicated queue drops the excess. */
  readonly #runners: Int32Array;
  #running = 0;
  /** False once terminated or released. */
  #owned = true;
  /** The queue accepts nothing any more. */
  #lost = false;
  #quiet: Promise<void> | undefined;

  constructor(lane: Lane, client: DmaClient, nap: Nap = (microseconds) => void libc().usleep(microseconds)) {
    const { name, size, maxBytes, blockOnFault } = lane.queue;
    this.name = name;
    this.capacity = size;
    this.maxBytes = maxBytes;
    this.#lane = lane;
    this.#client = client;
    this.#nap = nap;
    this.#flags = memmoveFlags(blockOnFault);
    this.#table = new DescriptorTable(size);
    this.#submitted = new CookieRing(size);
    this.#waiting = new CookieRing(size);
    this.#runners = new Int32Array(size);
  }

  get alive(): boolean {
    return this.#owned && !this.#lost;
  }

  get inFlight(): number {
    return this.#owned ? this.#running + this.#waiting.length : 0;
  }

  prepMemcpy(dst: DmaAddress, src: DmaAddress, bytes: number): number {
    if (!this.alive) return -ERRNO.ENODEV;
    if (!(bytes > 0 && bytes <= this.maxBytes)) return -ERRNO.EINVAL;
    const cookie = this.#table.take(dst, src, bytes);
    return cookie < 0 ? -ERRNO.EBUSY : cookie;
  }

  submit(cookie: number): void {
    if (!this.#owned) return;
    this.#table.expectPrepared(cookie, 'submit');
    this.#table.state[cookie] = SUBMITTED;
    this.#submitted.push(cookie);
  }

  discard(cookie: number): void {
    if (!this.#owned) return;
    this.#table.expectPrepared(cookie, 'discard');
    this.#table.free(cookie);
  }

  issuePending(): void {
    if (!this.#owned) return;
    while (this.#submitted.length > 0) this.#await(this.#submitted.shift());
    this.#feed();
  }

  poll(): number {
    let ended = 0;
    // Backwards, because `completed` may issue more. Those are not read in this turn.
    for (let i = this.#running - 1; i >= 0 && this.#owned; i--) {
      // `completed` may also have called `poll`, and left fewer.
      if (i < this.#running && this.#collect(i)) ended++;
    }
    this.#feed();
    while (this.#lost && this.#owned && this.#waiting.length > 0) {
      this.#end(this.#waiting.shift(), DMA_ERROR);
      ended++;
    }
    return ended;
  }

  wait(nanoseconds: number): number {
    const start = performance.now();
    let nap = FIRST_NAP_US;
    while (this.inFlight > 0) {
      const ended = this.poll();
      if (ended > 0) return ended;
      const waited = (performance.now() - start) * 1e6;
      if (waited >= nanoseconds) return 0;
      if (waited < SPIN_NS) continue;
      this.#nap(Math.max(1, Math.min(nap, Math.ceil((nanoseconds - waited) / 1e3))));
      nap = Math.min(2 * nap, LONGEST_NAP_US);
    }
    return 0;
  }

  /**
   * A process cannot stop the device, only notice that it has finished. This resolves when the completion record of
   * every submitted descriptor is written. If the device never writes one, it never resolves.
   */
  terminate(): Promise<void> {
    this.#quiet ??= this.#owned ? this.#abandon() : Promise.resolve();
    return this.#quiet;
  }

  /** Takes the lane from this channel, which cannot be used any more. Only with nothing in flight. */
  retire(): Lane {
    this.#owned = false;
    return this.#lane;
  }

  #abandon(): Promise<void> {
    this.#owned = false;
    return whenQuiet(() => this.#stillRunning() === 0).then(() => this.#lane.close());
  }

  #stillRunning(): number {
    const { records } = this.#lane.memory;
    for (let i = this.#running - 1; i >= 0; i--) {
      if (completionStatus(records, recordWord(this.#runners[i]!)) === STATUS_NONE) continue;
      this.#runners[i] = this.#runners[--this.#running]!;
    }
    return this.#running;
  }

  /** Reads the record of runner `i`. Returns true when that descriptor has ended and `completed` was called. */
  #collect(i: number): boolean {
    const { records } = this.#lane.memory;
    const cookie = this.#runners[i]!;
    const record = recordWord(cookie);
    const status = completionStatus(records, record);
    if (status === STATUS_NONE) return false;
    this.#runners[i] = this.#runners[--this.#running]!;
    if (status === STATUS_SUCCESS) {
      this.#table.done[cookie] = this.#table.bytes[cookie]!;
    } else if (status === STATUS_PAGE_FAULT || status === STATUS_PAGE_FAULT_UNRESOLVED) {
      if (this.#goesOn(cookie, bytesFromStart(records, record))) return false;
    }
    const complete = this.#table.done[cookie] === this.#table.bytes[cookie];
    this.#end(cookie, complete ? DMA_COMPLETE : DMA_ERROR);
    return true;
  }

  /** After a page fault: queues the rest of the copy. Returns false if there is none, or after too many faults. */
  #goesOn(cookie: number, progress: number): boolean {
    const { bytes, done, faults } = this.#table;
    done[cookie] = Math.min(bytes[cookie]!, done[cookie]! + progress);
    if (done[cookie] === bytes[cookie]) return false;
    faults[cookie] = progress > 0 ? 0 : faults[cookie]! + 1;
    if (faults[cookie]! >= MAX_FAULTS) return false;
    this.#await(cookie);
    return true;
  }

  #await(cookie: number): void {
    this.#table.state[cookie] = WAITING;
    this.#waiting.push(cookie);
  }

  /** Submits waiting descriptors until the queue is full or none waits. Never calls `completed`. */
  #feed(): void {
    while (this.alive && this.#waiting.length > 0) {
      const cookie = this.#waiting.peek();
      const error = this.#launch(cookie);
      // The queue is full, or a signal interrupted the call before it did anything. The next poll tries again.
      if (error === -ERRNO.EAGAIN || error === -ERRNO.EINTR) return;
      if (error !== 0) {
        this.#lost = true;
        return;
      }
      this.#waiting.shift();
      this.#table.state[cookie] = RUNNING;
      this.#runners[this.#running++] = cookie;
    }
  }

  #launch(cookie: number): number {
    const { memory, portal } = this.#lane;
    const { dst, src, bytes, done } = this.#table;
    const copied = done[cookie]!;
    encodeMemmove(
      memory.descriptors,
      cookie * DESCRIPTOR_WORDS,
      this.#flags,
      memory.recordAddress(cookie),
      dst[cookie]! + copied,
      src[cookie]! + copied,
      bytes[cookie]! - copied,
    );
    clearCompletion(memory.records, recordWord(cookie));
    return portal.submit(memory.descriptorAddress(cookie));
  }

  #end(cookie: number, result: number): void {
    const copied = this.#table.done[cookie]!;
    this.#table.free(cookie);
    this.#client.completed(this, cookie, result, copied);
  }
}
