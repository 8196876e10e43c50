import assert from 'node:assert/strict';
import { ERRNO } from '../../src/common/errno.js';
import type { Random } from '../../src/common/random.js';
import { DMA_COMPLETE, DMA_ERROR, type DmaChannel, type DmaClient } from '../../src/dmaengine/channel.js';

/** Copies bytes between device addresses; returns how many from the start are in place. */
export type Copier = (dst: number, src: number, bytes: number) => number;

export interface Descriptor {
  readonly dst: number;
  readonly src: number;
  readonly bytes: number;
  readonly copier: Copier;
}

/** What becomes of a descriptor: bytes that are copied before it fails, all of them, or nothing until let go. */
export type Fate = number | 'copied' | 'stuck';

export interface FakeChannelOptions {
  readonly name: string;
  readonly capacity: number;
  readonly maxBytes: number;
  /** The order in which descriptors end, and how many at once. Without it: all, in order. */
  readonly random: Random | undefined;
  readonly copier: () => Copier;
  /** Asked when the device comes to a descriptor. */
  readonly fate: (descriptor: Descriptor) => Fate;
}

/**
 * A channel that copies while somebody waits or polls, in any order, as many at once as it likes. What is stuck is
 * copied when `letGo` is called, and never before: with the channel terminated, that is a late write.
 */
export class FakeDmaChannel implements DmaChannel {
  readonly name: string;
  readonly capacity: number;
  readonly maxBytes: number;
  readonly #options: FakeChannelOptions;
  readonly #cookies: (Descriptor | undefined)[];
  #submitted: number[] = [];
  #flying: number[] = [];
  #stuck: number[] = [];
  client: DmaClient | undefined;
  alive = true;
  terminations = 0;
  waits = 0;
  /** Every descriptor that was submitted, in order. */
  readonly history: Descriptor[] = [];
  #quiet: (() => void) | undefined;
  #tells = true;

  constructor(options: FakeChannelOptions) {
    this.#options = options;
    this.name = options.name;
    this.capacity = options.capacity;
    this.maxBytes = options.maxBytes;
    this.#cookies = new Array<Descriptor | undefined>(options.capacity).fill(undefined);
  }

  get inFlight(): number {
    return this.#flying.length + this.#stuck.length;
  }

  prepMemcpy(dst: number, src: number, bytes: number): number {
    if (!this.alive) return -ERRNO.ENODEV;
    if (bytes <= 0 || bytes > this.maxBytes) return -ERRNO.EINVAL;
    const cookie = this.#cookies.indexOf(undefined);
    if (cookie < 0) return -ERRNO.EBUSY;
    this.#cookies[cookie] = { dst, src, bytes, copier: this.#options.copier() };
    return cookie;
  }

  submit(cookie: number): void {
    this.#submitted.push(cookie);
    this.history.push(this.#cookies[cookie]!);
  }

  discard(cookie: number): void {
    this.#cookies[cookie] = undefined;
  }

  issuePending(): void {
    if (!this.alive) return;
    this.#flying.push(...this.#submitted);
    this.#submitted = [];
  }

  /** Ends some of what is in flight, at least one. */
  poll(): number {
    const { random } = this.#options;
    let ended = 0;
    const some = random === undefined ? this.#flying.length : 1 + random(this.#flying.length);
    for (let left = some; left > 0 && this.#tells; left--) {
      const [cookie] = this.#flying.splice(random?.(this.#flying.length) ?? 0, 1);
      if (cookie === undefined) break;
      if (this.#meet(cookie)) ended++;
    }
    return ended;
  }

  wait(nanoseconds: number, count = 1): number {
    assert.ok(nanoseconds > 0 && count >= 1 && count <= this.inFlight, `wait(${nanoseconds}, ${count})`);
    this.waits++;
    return this.poll();
  }

  terminate(): Promise<void> {
    this.terminations++;
    return this.die();
  }

  /** The channel takes nothing any more, but ends what it has. */
  lose(): void {
    this.alive = false;
  }

  /** The channel goes away by itself; what is in flight may still be written. Resolves as `terminate`. */
  die(): Promise<void> {
    this.alive = false;
    this.#tells = false;
    return new Promise((resolve) => {
      const quiet = this.#quiet;
      this.#quiet = () => {
        quiet?.();
        resolve();
      };
      if (this.inFlight === 0) this.#quiet();
    });
  }

  /** Copies what is stuck, and whatever else was in flight when the channel ended. Then it is quiet. */
  letGo(): void {
    const stuck = this.#stuck;
    this.#stuck = [];
    for (const cookie of stuck) {
      if (this.#tells) this.#end(cookie, 'copied');
      else this.#copy(cookie, 'copied');
    }
    if (this.#tells) return;
    for (const cookie of this.#flying.splice(0)) this.#copy(cookie, 'copied');
    this.#quiet?.();
  }

  /** For the next client. */
  reset(): void {
    assert.equal(this.inFlight, 0, 'a channel is given back with nothing in flight');
    this.client = undefined;
    this.#submitted = [];
    this.#cookies.fill(undefined);
  }

  /** False when it is stuck. */
  #meet(cookie: number): boolean {
    const fate = this.#options.fate(this.#cookies[cookie]!);
    if (fate === 'stuck') {
      this.#stuck.push(cookie);
      return false;
    }
    this.#end(cookie, fate);
    return true;
  }

  #end(cookie: number, fate: number | 'copied'): void {
    const { bytes } = this.#cookies[cookie]!;
    const placed = this.#copy(cookie, fate);
    this.#cookies[cookie] = undefined;
    this.client!.completed(this, cookie, placed === bytes ? DMA_COMPLETE : DMA_ERROR, placed);
  }

  #copy(cookie: number, fate: number | 'copied'): number {
    const { dst, src, bytes, copier } = this.#cookies[cookie]!;
    return copier(dst, src, fate === 'copied' ? bytes : fate);
  }
}
