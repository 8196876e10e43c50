import { DMA_COMPLETE, type DmaChannel, type DmaClient, type DmaDevice } from '../../dmaengine/channel.js';
import type { ScatterGatherTable } from '../../dmaengine/scatter-gather.js';

/** What descriptors are submitted for, and what hears how they end. */
export interface DescriptorOwner {
  /** Another descriptor was submitted; returns its number. */
  add(channel: DcbmChannel, cookie: number, offset: number, bytes: number): number;
  /** A descriptor has ended, with so many bytes in place. */
  ended(n: number, failed: boolean, bytes: number): void;
}

/** A channel that dcbm holds, and whose descriptor each cookie is. */
export class DcbmChannel implements DmaClient {
  readonly channel: DmaChannel;
  readonly #onGivenUp: (ending: Promise<void>) => void;
  /** By cookie: what it belongs to, and its number there. */
  readonly #transfer: (DescriptorOwner | undefined)[];
  readonly #number: Uint32Array;
  #givenUp = false;
  #late = false;

  /** A channel of the device that nobody has, or undefined. */
  static request(device: DmaDevice, onGivenUp: (ending: Promise<void>) => void): DcbmChannel | undefined {
    let holder: DcbmChannel | undefined;
    const channel = device.requestChannel({
      completed: (from, cookie, result, bytes) => holder?.completed(from, cookie, result, bytes),
    });
    if (channel === undefined) return undefined;
    holder = new DcbmChannel(channel, onGivenUp);
    return holder;
  }

  private constructor(channel: DmaChannel, onGivenUp: (ending: Promise<void>) => void) {
    this.channel = channel;
    this.#onGivenUp = onGivenUp;
    this.#transfer = new Array<DescriptorOwner | undefined>(channel.capacity).fill(undefined);
    this.#number = new Uint32Array(channel.capacity);
  }

  get alive(): boolean {
    return this.channel.alive;
  }

  /** Nothing of what it has in flight will be told any more. */
  get givenUp(): boolean {
    return this.#givenUp;
  }

  /** It was given up because it did not end in time, and not because it went away. */
  get late(): boolean {
    return this.#late;
  }

  get inFlight(): number {
    return this.channel.inFlight;
  }

  completed(_channel: DmaChannel, cookie: number, result: number, bytes: number): void {
    const transfer = this.#transfer[cookie];
    this.#transfer[cookie] = undefined;
    transfer?.ended(this.#number[cookie]!, result !== DMA_COMPLETE, bytes);
  }

  /**
   * Walks the segments of both tables in step, which may be cut differently, and submits a descriptor for each
   * piece that is one segment on both sides. Stops where the channel has no descriptor left.
   */
  prepare(transfer: DescriptorOwner, src: ScatterGatherTable, dst: ScatterGatherTable, offset: number): void {
    const { channel } = this;
    let s = 0;
    let d = 0;
    let fromSrc = 0;
    let fromDst = 0;
    let at = offset;
    while (s < src.segments && d < dst.segments) {
      const bytes = Math.min(src.bytes[s]! - fromSrc, dst.bytes[d]! - fromDst, channel.maxBytes);
      const cookie = channel.prepMemcpy(dst.address[d]! + fromDst, src.address[s]! + fromSrc, bytes);
      if (cookie < 0) return;
      this.#transfer[cookie] = transfer;
      this.#number[cookie] = transfer.add(this, cookie, at, bytes);
      channel.submit(cookie);
      at += bytes;
      fromSrc += bytes;
      fromDst += bytes;
      if (fromSrc === src.bytes[s]) {
        s++;
        fromSrc = 0;
      }
      if (fromDst === dst.bytes[d]) {
        d++;
        fromDst = 0;
      }
    }
  }

  issue(): void {
    this.channel.issuePending();
  }

  wait(nanoseconds: number, count: number): void {
    this.channel.wait(nanoseconds, count);
  }

  /** Copies here what the device has not begun of a descriptor in flight, if it can be helped. */
  help(cookie: number): void {
    this.channel.help?.(cookie);
  }

  poll(): void {
    this.channel.poll();
  }

  failNext(): void {
    this.channel.failNext?.();
  }

  /** It did not end in time, or went away: nobody waits for it any more. It may touch memory until it is quiet. */
  giveUp(late: boolean): void {
    if (this.#givenUp) return;
    this.#late = late;
    this.#givenUp = true;
    this.#onGivenUp(this.channel.terminate());
  }
}
