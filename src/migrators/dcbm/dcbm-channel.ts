import { DMA_COMPLETE, type DmaChannel, type DmaClient, type DmaDevice } from '../../dmaengine/channel.js';
import type { ScatterGatherTable } from '../../dmaengine/scatter-gather.js';

/** The batch that descriptors belong to. It is notified when they end. */
export interface DescriptorOwner {
  /** A descriptor was submitted. Returns its number within the batch. */
  add(channel: DcbmChannel, cookie: number, offset: number, bytes: number): number;
  /** A descriptor has ended, with `bytes` in place. */
  ended(n: number, failed: boolean, bytes: number): void;
}

/** A channel that dcbm has, with the owner of each of its cookies. */
export class DcbmChannel implements DmaClient {
  readonly channel: DmaChannel;
  readonly #onGivenUp: (ending: Promise<void>) => void;
  /** The owner of each cookie, and the number of the descriptor there. */
  readonly #transfer: (DescriptorOwner | undefined)[] = [];
  #number = new Uint32Array(8);
  #givenUp = false;
  #late = false;

  /** Requests a free channel of the device. Undefined if there is none. */
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
  }

  get alive(): boolean {
    return this.channel.alive;
  }

  /** Its descriptors in flight will not report any more. */
  get givenUp(): boolean {
    return this.#givenUp;
  }

  /** It was given up because it did not end in time. False if the device failed. */
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
   * Walks the segments of both tables in step. They may be cut differently, so a descriptor is submitted for each piece
   * that is contiguous on both sides. Stops when the channel has no free descriptor.
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
      if (cookie >= this.#transfer.length) this.#grow(cookie);
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

  /** Makes room for a cookie. A channel has many, and a small batch needs few. */
  #grow(cookie: number): void {
    while (this.#transfer.length <= cookie) this.#transfer.push(undefined);
    if (cookie < this.#number.length) return;
    const grown = new Uint32Array(Math.max(cookie + 1, this.#number.length * 2));
    grown.set(this.#number);
    this.#number = grown;
  }

  issue(): void {
    this.channel.issuePending();
  }

  wait(nanoseconds: number, count: number): void {
    this.channel.wait(nanoseconds, count);
  }

  /** If a CPU can help the device: copies here what it has not begun of a descriptor in flight. */
  help(cookie: number): void {
    this.channel.help?.(cookie);
  }

  poll(): void {
    this.channel.poll();
  }

  failNext(): void {
    this.channel.failNext?.();
  }

  /** Stops waiting for a channel that did not end in time, or that failed. It may touch memory until it is quiet. */
  giveUp(late: boolean): void {
    if (this.#givenUp) return;
    this.#late = late;
    this.#givenUp = true;
    this.#onGivenUp(this.channel.terminate());
  }
}
