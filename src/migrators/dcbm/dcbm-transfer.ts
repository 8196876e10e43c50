import { ERRNO } from '../../common/errno.js';
import type { CopyList, StartedCopy } from '../../offload/migrator.js';
import { Coverage } from '../coverage.js';
import type { Timers } from '../timers.js';
import type { DcbmChannel, DescriptorOwner } from './dcbm-channel.js';

/**
 * One batch on its way through the channels: its descriptors, their channels, and how each ended. Reused for a later
 * batch once it is finished.
 */
export class DcbmTransfer implements StartedCopy, DescriptorOwner {
  readonly #coverage: Coverage;
  readonly #timers: Timers;
  readonly #done: (transfer: DcbmTransfer) => void;
  #list: CopyList | undefined;
  #bytes = 0;
  #until = 0;
  /** The cookie of each descriptor, then its offset in the batch, its bytes, and its bytes in place (-1: not ended). */
  #cookie = new Float64Array(8);
  #offset = new Float64Array(8);
  #size = new Float64Array(8);
  #placed = new Float64Array(8);
  readonly #channelOf: DcbmChannel[] = [];
  /** Descriptors that were submitted, and those that have not ended. */
  descriptors = 0;
  #open = 0;
  #failed = false;

  constructor(pageBytes: number, timers: Timers, done: (transfer: DcbmTransfer) => void) {
    this.#timers = timers;
    this.#coverage = new Coverage(pageBytes);
    this.#done = done;
  }

  begin(list: CopyList, bytes: number, timeoutMs: number): void {
    this.#list = list;
    this.#bytes = bytes;
    this.#until = this.#timers.now() + timeoutMs;
    this.descriptors = 0;
    this.#open = 0;
    this.#failed = false;
    this.#channelOf.length = 0;
  }

  add(channel: DcbmChannel, cookie: number, offset: number, bytes: number): number {
    const n = this.descriptors++;
    if (n === this.#offset.length) this.#grow();
    this.#cookie[n] = cookie;
    this.#offset[n] = offset;
    this.#size[n] = bytes;
    this.#placed[n] = -1;
    this.#channelOf[n] = channel;
    this.#open++;
    return n;
  }

  ended(n: number, failed: boolean, bytes: number): void {
    this.#placed[n] = bytes;
    this.#open--;
    if (failed) this.#failed = true;
  }

  finish(): number {
    const list = this.#list!;
    this.#help();
    for (let n = 0; n < this.descriptors && this.#open > 0; n++) {
      const channel = this.#channelOf[n]!;
      while (this.#placed[n] === -1 && !channel.givenUp) {
        const left = this.#until - this.#timers.now();
        if (left > 0 && channel.alive) {
          channel.wait(left * 1e6, this.#openOn(channel, n));
          continue;
        }
        // It may have ended while this thread waited for another channel.
        channel.poll();
        if (this.#placed[n] === -1) channel.giveUp(left <= 0);
      }
    }
    const late = this.#channelOf.some((channel) => channel.late);
    const result = this.#mark(list);
    const abandoned = this.#open > 0;
    this.reuse();
    if (!abandoned) return result;
    return late ? -ERRNO.ETIMEDOUT : -ERRNO.EIO;
  }

  reuse(): void {
    this.#list = undefined;
    this.#done(this);
  }

  /**
   * Copies on this thread what the channels have not begun. It starts with the last descriptor, because the channels
   * start with the first. So a channel whose thread gets no processor delays the batch only by what it has begun. This
   * also happens after the time limit, which only limits waiting: this thread would have to copy the rest anyway, folio
   * by folio.
   */
  #help(): void {
    for (let n = this.descriptors - 1; n >= 0; n--) {
      const channel = this.#channelOf[n]!;
      if (this.#placed[n] === -1 && !channel.givenUp) channel.help(this.#cookie[n]!);
    }
  }

  /** Descriptors of the channel, starting with the n-th, that have not ended. */
  #openOn(channel: DcbmChannel, from: number): number {
    let open = 0;
    for (let n = from; n < this.descriptors; n++) {
      if (this.#placed[n] === -1 && this.#channelOf[n] === channel) open++;
    }
    return open;
  }

  /** Marks folios that are in place, and quarantines those that an abandoned channel may still write to. */
  #mark(list: CopyList): number {
    let placed = 0;
    for (let n = 0; n < this.descriptors; n++) if (this.#placed[n]! > 0) placed += this.#placed[n]!;
    if (placed === this.#bytes) {
      list.copied.fill(1, 0, list.length);
      return 0;
    }
    this.#coverage.reset(list);
    for (let n = 0; n < this.descriptors; n++) {
      if (this.#placed[n] === -1) this.#coverage.touch(this.#offset[n]!, this.#size[n]!, list.quarantined);
      else this.#coverage.add(this.#offset[n]!, this.#placed[n]!);
    }
    this.#coverage.mark(list.copied);
    // Without a failure, the rest was not submitted, because no descriptor was free.
    return this.#failed ? -ERRNO.EIO : -ERRNO.EBUSY;
  }

  #grow(): void {
    const grow = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(old.length * 4);
      grown.set(old);
      return grown;
    };
    this.#cookie = grow(this.#cookie);
    this.#offset = grow(this.#offset);
    this.#size = grow(this.#size);
    this.#placed = grow(this.#placed);
  }
}
