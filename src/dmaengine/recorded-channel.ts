import { headOf, SHARE_OUTCOMES } from '../trace/event-layout.js';
import type { Recorder } from '../trace/recorder.js';
import { DMA_COMPLETE, type DmaAddress, type DmaChannel } from './channel.js';

/** Shares that a channel may have at once, which is more than the batches in flight. Further ones are not recorded. */
const SHARES = 8;
const NONE = -1;

/** One channel's part of one batch in flight. */
interface Share {
  batch: number;
  issued: number;
  bytes: number;
  /** Descriptors, and descriptors that have not ended. */
  pieces: number;
  left: number;
  failed: boolean;
}

/** Records the shares of a channel. Without a reader it only forwards calls. */
export class RecordedChannel implements DmaChannel {
  readonly inner: DmaChannel;
  readonly name: string;
  readonly capacity: number;
  readonly maxBytes: number;
  readonly help?: (cookie: number) => number;
  readonly failNext?: () => void;
  readonly #recorder: Recorder;
  readonly #lane: number;
  readonly #shares: readonly Share[];
  /** Index of a descriptor's share, by cookie. */
  readonly #shareOf: Int8Array;
  /** Index of the share that is being prepared, or NONE. */
  #next = NONE;

  constructor(inner: DmaChannel, recorder: Recorder) {
    this.inner = inner;
    this.name = inner.name;
    this.capacity = inner.capacity;
    this.maxBytes = inner.maxBytes;
    if (inner.help !== undefined) this.help = (cookie) => inner.help!(cookie);
    if (inner.failNext !== undefined) this.failNext = () => inner.failNext!();
    this.#recorder = recorder;
    this.#lane = recorder.ring.names.numberOf(inner.name);
    this.#shareOf = new Int8Array(inner.capacity).fill(NONE);
    this.#shares = Array.from({ length: SHARES }, () => ({
      batch: 0,
      issued: 0,
      bytes: 0,
      pieces: 0,
      left: 0,
      failed: false,
    }));
  }

  get alive(): boolean {
    return this.inner.alive;
  }

  get inFlight(): number {
    return this.inner.inFlight;
  }

  prepMemcpy(dst: DmaAddress, src: DmaAddress, bytes: number): number {
    const cookie = this.inner.prepMemcpy(dst, src, bytes);
    if (cookie >= 0 && this.#recorder.on) this.#add(cookie, bytes);
    return cookie;
  }

  submit(cookie: number): void {
    this.inner.submit(cookie);
  }

  discard(cookie: number): void {
    this.completed(cookie, DMA_COMPLETE);
    this.inner.discard(cookie);
  }

  issuePending(): void {
    if (this.#next !== NONE) {
      const share = this.#shares[this.#next]!;
      this.#next = NONE;
      share.issued = this.#recorder.now();
      const head = headOf('share-begin', 0, 0, this.#lane);
      this.#recorder.ring.write(head, share.issued, 0, share.bytes, share.batch, 0, share.pieces);
    }
    this.inner.issuePending();
  }

  poll(): number {
    return this.inner.poll();
  }

  wait(nanoseconds: number, count?: number): number {
    return this.inner.wait(nanoseconds, count);
  }

  terminate(): Promise<void> {
    for (const share of this.#shares) if (share.left > 0) this.#end(share, 'given-up');
    this.#shareOf.fill(NONE);
    this.#next = NONE;
    return this.inner.terminate();
  }

  completed(cookie: number, result: number): void {
    const at = this.#shareOf[cookie]!;
    if (at === NONE) return;
    this.#shareOf[cookie] = NONE;
    const share = this.#shares[at]!;
    if (result !== DMA_COMPLETE) share.failed = true;
    if (--share.left === 0) this.#end(share, share.failed ? 'failed' : 'done');
  }

  #add(cookie: number, bytes: number): void {
    if (this.#next === NONE) {
      this.#next = this.#shares.findIndex(({ left }) => left === 0);
      if (this.#next === NONE) return;
      const share = this.#shares[this.#next]!;
      share.batch = this.#recorder.batch;
      share.issued = this.#recorder.now();
      share.bytes = 0;
      share.pieces = 0;
      share.failed = false;
    }
    const share = this.#shares[this.#next]!;
    share.bytes += bytes;
    share.pieces++;
    share.left++;
    this.#shareOf[cookie] = this.#next;
  }

  #end(share: Share, outcome: (typeof SHARE_OUTCOMES)[number]): void {
    share.left = 0;
    const ns = this.#recorder.now() - share.issued;
    const head = headOf('share', SHARE_OUTCOMES.indexOf(outcome), 0, this.#lane);
    this.#recorder.ring.write(head, share.issued, ns, share.bytes, share.batch, 0, share.pieces);
  }
}
