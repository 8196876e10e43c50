import assert from 'node:assert/strict';
import { DMA_COMPLETE, type DmaChannel, type DmaClient } from '../../src/dmaengine/channel.js';

/** A client that takes notes, and expects every copy to succeed. */
export class NotingClient implements DmaClient {
  /** What `completed` was told, in order. */
  readonly told: { readonly cookie: number; readonly bytes: number }[] = [];
  /** The channel is only used by its own client, so this is the one that called back. */
  channel: DmaChannel | undefined;
  /** Called for each after the note was taken. */
  also: (cookie: number) => void = () => {};
  /** Whether being called back is right at this moment. */
  expected = false;

  completed(channel: DmaChannel, cookie: number, result: number, bytes: number): void {
    assert.ok(this.expected, 'clients are called back from within poll and wait only');
    assert.equal(result, DMA_COMPLETE);
    this.channel ??= channel;
    assert.equal(channel, this.channel);
    this.told.push({ cookie, bytes });
    this.also(cookie);
  }

  poll(channel: DmaChannel): number {
    return this.#listen(() => channel.poll());
  }

  wait(channel: DmaChannel, nanoseconds: number): number {
    return this.#listen(() => channel.wait(nanoseconds));
  }

  #listen(act: () => number): number {
    const before = this.told.length;
    this.expected = true;
    try {
      const ended = act();
      assert.equal(ended, this.told.length - before, 'what it returns is how many it called back for');
      return ended;
    } finally {
      this.expected = false;
    }
  }
}
