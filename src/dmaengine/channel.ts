/**
 * The contract of a DMA device, after the kernel's dmaengine (Documentation/driver-api/dmaengine/client.rst),
 * cut to what copying memory needs: prepare descriptors, submit them, issue what is pending, be called back for
 * each, terminate. A device is one implementation of `DmaDevice` and `DmaChannel`; `test/dmaengine/conformance.ts`
 * says in code what it owes.
 */

/** What a device calls a byte of memory (the kernel's dma_addr_t). Exact in a double. */
export type DmaAddress = number;

/** How a descriptor ended (the kernel's dmaengine_tx_result). */
export const DMA_COMPLETE = 0;
/** It stopped short: `bytes` from the start are copied and no more of it will be. */
export const DMA_ERROR = 1;

/** Who uses a channel. */
export interface DmaClient {
  /**
   * Called back from within `poll` or `wait`, once for every descriptor that was issued, in whatever order the
   * device ends them. The cookie is free for another descriptor afterwards.
   * @param bytes how many, from the descriptor's start, are in place: all of them when `result` is DMA_COMPLETE.
   */
  completed(channel: DmaChannel, cookie: number, result: number, bytes: number): void;
}

/**
 * One queue of a device, used by one thread. Its calls never block except `wait`, and never throw for what
 * becomes of a copy.
 */
export interface DmaChannel {
  readonly name: string;
  /** Descriptors that can be prepared or in flight at once. Cookies are integers from 0 to capacity - 1. */
  readonly capacity: number;
  /** Bytes of one descriptor at most. */
  readonly maxBytes: number;
  /** False from the moment at which `terminate` was called or the device went away. It never becomes true again. */
  readonly alive: boolean;
  /** Descriptors that were issued and of which the client has not been told. */
  readonly inFlight: number;
  /**
   * Prepares the copy of `bytes` from `src` to `dst`, which do not overlap; nothing starts. Returns the cookie of
   * the descriptor, or -EBUSY (every descriptor is in use), -ENODEV (not alive), -EINVAL (0 bytes, or more than maxBytes).
   */
  prepMemcpy(dst: DmaAddress, src: DmaAddress, bytes: number): number;
  /** Queues a prepared descriptor. It starts no sooner than `issuePending`, and may before. */
  submit(cookie: number): void;
  /** Takes back a descriptor that was prepared and not submitted. */
  discard(cookie: number): void;
  /** Starts everything that was submitted. */
  issuePending(): void;
  /** Calls the client back for each descriptor that has ended since; returns how many that were. */
  poll(): number;
  /**
   * As `poll`, but waits for something to end first, `nanoseconds` at most; with nothing in flight it returns at
   * once. `count` is a hint: so many descriptors have to end before the caller can go on. Wakes up early as it likes.
   */
  wait(nanoseconds: number, count?: number): number;
  /**
   * Where a CPU can do the device's work: copies on the calling thread what the device has not begun of a descriptor that
   * was issued. Returns how many bytes that were. The client is told of its end as of any other, by `poll` or `wait`. What
   * the device has begun it ends itself, so the caller may have to wait for it. A device that no CPU can help lacks this.
   */
  help?(cookie: number): number;
  /**
   * Stops the channel for good; what is in flight is abandoned without a call back. Resolves when the device
   * will not touch memory for it any more: until then neither sources nor destinations may be used again.
   */
  terminate(): Promise<void>;
  /** For fault injection, where a device can: it goes away in the middle of its next descriptor. */
  failNext?(): void;
}

export interface DmaDevice {
  readonly name: string;
  /** Channels that it can have at most. */
  readonly channels: number;
  /**
   * Has up to `count` channels ready for `requestChannel`, as far as the device has them.
   * @throws MigrationError ENODEV when it has none.
   */
  prepare(count: number): Promise<void>;
  /** A channel for the client alone, or undefined when none is ready and free. */
  requestChannel(client: DmaClient): DmaChannel | undefined;
  /** Gives a channel back, with nothing in flight, for another client. A channel that is not alive needs not. */
  releaseChannel(channel: DmaChannel): void;
  /** Ends every channel; resolves when none touches memory any more. */
  close(): Promise<void>;
}
