import assert from 'node:assert/strict';
import { sample, seededRandom } from '../../src/common/random.js';
import type { DmaChannel, DmaDevice } from '../../src/dmaengine/channel.js';
import { NotingClient } from './client.js';
import type { DmaDeviceUnderTest } from './conformance.js';

/** Bytes of the sources, and of the destinations: a half each of the memory that a subject has to bring. */
export const REGION: number = 4 * 2 ** 20;

/** What the sources hold. No byte is zero, so what was not copied is told from what was. */
const SOURCE = new Uint8Array(REGION);
for (let i = 0; i < REGION; i++) SOURCE[i] = 1 + ((i * 89 + (i >> 12) * 7 + (i >> 18)) % 255);

/** A channel and the client that it calls back. */
export interface User {
  readonly channel: DmaChannel;
  readonly client: NotingClient;
}

/** Offsets of a copy that was submitted, from the start of either half. */
interface Copy {
  readonly src: number;
  readonly dst: number;
  readonly bytes: number;
}

/** Sources of a known pattern, destinations of zeros, and a record of what should have become of them. */
export class CopyBench {
  readonly device: DmaDevice;
  readonly srcAt: number;
  readonly dstAt: number;
  readonly #subject: DmaDeviceUnderTest;
  readonly #src: Uint8Array;
  readonly #dst: Uint8Array;
  readonly #random = seededRandom(20);
  /** Copies that are to be seen in the destinations. */
  readonly #copies: Copy[] = [];

  constructor(subject: DmaDeviceUnderTest) {
    const { address, bytes } = subject.memory;
    assert.ok(bytes.length >= 2 * REGION, 'the subject brings too little memory');
    this.#subject = subject;
    this.device = subject.device;
    this.#src = bytes.subarray(0, REGION);
    this.#dst = bytes.subarray(REGION, 2 * REGION);
    this.srcAt = address;
    this.dstAt = address + REGION;
    this.#src.set(SOURCE);
    this.#dst.fill(0);
  }

  /** Prepares one channel and requests it. */
  async open(): Promise<User> {
    await this.device.prepare(1);
    const user = this.request();
    assert.ok(user !== undefined, 'a channel is ready');
    return user;
  }

  request(): User | undefined {
    const client = new NotingClient();
    const channel = this.device.requestChannel(client);
    return channel === undefined ? undefined : { channel, client };
  }

  /** Prepares a copy between two offsets, which has to work. */
  prepare(channel: DmaChannel, src: number, dst: number, bytes: number): number {
    const cookie = channel.prepMemcpy(this.dstAt + dst, this.srcAt + src, bytes);
    assert.ok(cookie >= 0, `prepMemcpy: ${cookie}`);
    return cookie;
  }

  /** Prepares and submits; the copy is expected to arrive. */
  copy({ channel }: User, src: number, dst: number, bytes: number): number {
    const cookie = this.prepare(channel, src, dst, bytes);
    channel.submit(cookie);
    this.expect(src, dst, bytes);
    return cookie;
  }

  /** As `copy`; false when every descriptor is in use. */
  tryCopy({ channel }: User, src: number, dst: number, bytes: number): boolean {
    const cookie = channel.prepMemcpy(this.dstAt + dst, this.srcAt + src, bytes);
    if (cookie < 0) return false;
    channel.submit(cookie);
    this.expect(src, dst, bytes);
    return true;
  }

  /** A copy is to be seen in the destinations. */
  expect(src: number, dst: number, bytes: number): void {
    this.#copies.push({ src, dst, bytes });
  }

  /** Waits for everything that is in flight. */
  drain({ channel, client }: User): void {
    while (channel.inFlight > 0) client.wait(channel, 1e8);
  }

  /** Every copy has arrived, and no byte beside them was written. */
  checkContent(): void {
    const expected = new Uint8Array(REGION);
    for (const { src, dst, bytes } of this.#copies) expected.set(this.#src.subarray(src, src + bytes), dst);
    assert.ok(Buffer.compare(expected, this.#dst) === 0, 'the destinations are as the copies leave them');
  }

  /** Empties the destinations, and forgets the copies. */
  clear(): void {
    this.#copies.length = 0;
    this.#dst.fill(0);
  }

  /** `0` to `count - 1` in random order. */
  shuffled(count: number): Int32Array {
    return sample(this.#random, count, count);
  }

  /** Lets the device work for a while. */
  async pass(): Promise<void> {
    this.#subject.work?.();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Awaits what only the device's work can settle. */
  async settle(promise: Promise<unknown>): Promise<void> {
    let settled = false;
    const done = promise.finally(() => {
      settled = true;
    });
    while (!settled) await this.pass();
    await done;
  }
}
