import { ERRNO } from '../../common/errno.js';
import {
  DMA_COMPLETE,
  DMA_ERROR,
  type DmaAddress,
  type DmaChannel,
  type DmaClient,
} from '../../dmaengine/channel.js';

/** The outcome of a descriptor instead of success. */
export interface DescriptorFate {
  /** Additional time, in nanoseconds; Infinity: it never ends by itself. */
  readonly delayNs?: number;
  /** It ends with an error after this many bytes. */
  readonly failAfter?: number;
}

/** The device, as its channels use it. */
export interface ChannelHost {
  /** Descriptors that a channel can hold. */
  readonly queueDepth: number;
  /** Maximum bytes of a descriptor. */
  readonly maxBytes: number;
  /** Spends the time of preparing a descriptor. */
  prepared(): void;
  /** Spends time, so that a caller that waits for nothing reaches its timeout. */
  nothingToWaitFor(): void;
  /** Advances virtual time until `isOver`, at most by `nanoseconds`. */
  waitFor(isOver: () => boolean, nanoseconds: number): void;
  /** A channel was terminated. Its queue of the device is available again once it is idle. */
  ended(channel: SimChannel, number: number, quiet: Promise<void>): void;
  /** The next of the queued descriptors, from `from` to before `to`. */
  pick(from: number, to: number): number;
  fateOf(channel: number, bytes: number): DescriptorFate | undefined;
  /** Calls `end` when the channel has processed `bytes`. */
  work(channel: number, bytes: number, delayNs: number, end: () => void): void;
  /** Copies bytes. Where few words stand for a page, it copies only whole pages. */
  transfer(dst: DmaAddress, src: DmaAddress, bytes: number): void;
}

/** A channel of the simulated device. It processes one descriptor after the other, in the order that the device chooses. */
export class SimChannel implements DmaChannel {
  readonly name: string;
  readonly capacity: number;
  readonly maxBytes: number;
  alive = true;
  inFlight = 0;
  readonly #device: ChannelHost;
  readonly #number: number;
  #client: DmaClient | undefined;
  #dst = new Float64Array(8);
  #src = new Float64Array(8);
  #bytes = new Float64Array(8);
  #cookies = 0;
  readonly #freed: number[] = [];
  #pending: number[] = [];
  /** Issued descriptors that have not begun. */
  #queue: number[] = [];
  #queueAt = 0;
  /** Ended descriptors that were not reported yet: cookie, result, bytes. */
  #ended: number[] = [];
  #busy = false;
  /** The descriptor that it processes, and the bytes of it that it will place. */
  #current = 0;
  #placed = 0;
  /** The same function for every descriptor, because there are many. */
  readonly #onEnd = (): void => this.#end();
  #quiet: (() => void) | undefined;

  constructor(device: ChannelHost, number: number) {
    this.#device = device;
    this.#number = number;
    this.name = `sim${number}`;
    this.capacity = device.queueDepth;
    this.maxBytes = device.maxBytes;
  }

  lend(client: DmaClient): void {
    this.#client = client;
  }

  /** Drops the descriptors that its last client had prepared. */
  reset(): void {
    this.#client = undefined;
    this.#pending = [];
    this.#freed.length = 0;
    this.#cookies = 0;
  }

  prepMemcpy(dst: DmaAddress, src: DmaAddress, bytes: number): number {
    if (!this.alive) return -ERRNO.ENODEV;
    if (bytes <= 0 || bytes > this.maxBytes) return -ERRNO.EINVAL;
    const cookie = this.#freed.pop() ?? (this.#cookies < this.capacity ? this.#cookies++ : -ERRNO.EBUSY);
    if (cookie < 0) return cookie;
    if (cookie >= this.#bytes.length) this.#grow();
    this.#dst[cookie] = dst;
    this.#src[cookie] = src;
    this.#bytes[cookie] = bytes;
    this.#device.prepared();
    return cookie;
  }

  submit(cookie: number): void {
    this.#pending.push(cookie);
  }

  discard(cookie: number): void {
    this.#freed.push(cookie);
  }

  issuePending(): void {
    for (const cookie of this.#pending) {
      this.#queue.push(cookie);
      this.inFlight++;
    }
    this.#pending = [];
    this.#begin();
  }

  poll(): number {
    const ended = this.#ended;
    if (ended.length === 0) return 0;
    this.#ended = [];
    for (let k = 0; k < ended.length; k += 3) {
      this.inFlight--;
      this.#freed.push(ended[k]!);
      this.#client?.completed(this, ended[k]!, ended[k + 1]!, ended[k + 2]!);
    }
    return ended.length / 3;
  }

  wait(nanoseconds: number, count = 1): number {
    if (this.inFlight === 0) {
      this.#device.nothingToWaitFor();
      return 0;
    }
    const enough = Math.min(count, this.inFlight) * 3;
    this.#device.waitFor(() => this.#ended.length >= enough, nanoseconds);
    return this.poll();
  }

  async terminate(): Promise<void> {
    if (!this.alive) return this.#whenQuiet();
    this.alive = false;
    this.inFlight = 0;
    this.#ended = [];
    this.#pending = [];
    this.#queue = [];
    this.#queueAt = 0;
    const quiet = this.#whenQuiet();
    this.#device.ended(this, this.#number, quiet);
    return quiet;
  }

  #whenQuiet(): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#quiet;
      this.#quiet = () => {
        before?.();
        resolve();
      };
    });
  }

  /** Begins the next descriptor, if the channel is idle. */
  #begin(): void {
    if (this.#busy || this.#queueAt === this.#queue.length) return;
    const at = this.#device.pick(this.#queueAt, this.#queue.length);
    const cookie = this.#queue[at]!;
    this.#queue[at] = this.#queue[this.#queueAt]!;
    this.#queueAt++;
    if (this.#queueAt === this.#queue.length) {
      this.#queue = [];
      this.#queueAt = 0;
    }
    this.#busy = true;
    const bytes = this.#bytes[cookie]!;
    const fate = this.#device.fateOf(this.#number, bytes);
    const placed = fate?.failAfter === undefined ? bytes : Math.min(bytes, fate.failAfter);
    this.#current = cookie;
    this.#placed = placed;
    this.#device.work(this.#number, placed, fate?.delayNs ?? 0, this.#onEnd);
  }

  /** Transfers the bytes, even after termination, as a real device writes what it was given. */
  #end(): void {
    const cookie = this.#current;
    const placed = this.#placed;
    this.#busy = false;
    this.#device.transfer(this.#dst[cookie]!, this.#src[cookie]!, placed);
    if (!this.alive) {
      this.#quiet?.();
      return;
    }
    this.#ended.push(cookie, placed === this.#bytes[cookie] ? DMA_COMPLETE : DMA_ERROR, placed);
    this.#begin();
  }

  #grow(): void {
    const size = Math.min(this.capacity, this.#bytes.length * 4);
    const grow = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(size);
      grown.set(old);
      return grown;
    };
    this.#dst = grow(this.#dst);
    this.#src = grow(this.#src);
    this.#bytes = grow(this.#bytes);
  }
}
