/**
 * The contract of a DMA device, after the kernel's dmaengine (Documentation/driver-api/dmaengine/client.rst), reduced
 * to memory copies: prepare descriptors, submit them, issue what is pending, get a callback for each, terminate. A
 * device implements `DmaDevice` and `DmaChannel`. `test/dmaengine/conformance.ts` is the contract in code.
 */

/** A device's address of a byte of memory (the kernel's dma_addr_t). Exact in a double. */
export type DmaAddress = number;

/** Results of a descriptor (the kernel's dmaengine_tx_result). */
export const DMA_COMPLETE = 0;
/** It stopped early: `bytes` from the start are copied, and no more will be. */
export const DMA_ERROR = 1;

export interface DmaClient {
  /**
   * Called from within `poll` or `wait`, once for every descriptor that was issued. The device chooses the order.
   * Afterwards the cookie is free for another descriptor.
   * @param bytes how many are in place, from the descriptor's start. All of them if `result` is DMA_COMPLETE.
   */
  completed(channel: DmaChannel, cookie: number, result: number, bytes: number): void;
}

/** One queue of a device, used by one thread. Only `wait` blocks. No call throws when a copy fails. */
export interface DmaChannel {
  readonly name: string;
  /** Descriptors that can be prepared or in flight at once. Cookies are integers from 0 to capacity - 1. */
  readonly capacity: number;
  /** Maximum bytes of one descriptor. */
  readonly maxBytes: number;
  /** False once `terminate` was called or the device has failed. It never becomes true again. */
  readonly alive: boolean;
  /** Descriptors that were issued and whose `completed` was not called yet. */
  readonly inFlight: number;
  /**
   * Prepares the copy of `bytes` from `src` to `dst`, which must not overlap. Starts nothing. Returns the descriptor's
   * cookie, or -EBUSY (every descriptor is in use), -ENODEV (not alive), -EINVAL (0 bytes, or more than maxBytes).
   */
  prepMemcpy(dst: DmaAddress, src: DmaAddress, bytes: number): number;
  /** Queues a prepared descriptor. It starts with `issuePending`, or earlier. */
  submit(cookie: number): void;
  /** Frees a descriptor that was prepared and not submitted. */
  discard(cookie: number): void;
  /** Starts everything that was submitted. */
  issuePending(): void;
  /** Calls `completed` for each descriptor that has ended since the last call. Returns their number. */
  poll(): number;
  /**
   * As `poll`, but first waits for a descriptor to end, for at most `nanoseconds`. With nothing in flight it returns at
   * once. `count` is a hint: the caller can continue once that many descriptors have ended. It may return earlier.
   */
  wait(nanoseconds: number, count?: number): number;
  /**
   * Only of a device whose work a CPU can do. Copies on the calling thread the parts of an issued descriptor that the
   * device has not begun. Returns their bytes. `completed` is called later, by `poll` or `wait`. The device ends the
   * parts that it has begun, so the caller may have to wait for it.
   */
  help?(cookie: number): number;
  /**
   * Stops the channel for good, without callbacks for descriptors in flight. Resolves when the device will not touch
   * their memory any more. Until then sources and destinations must not be reused.
   */
  terminate(): Promise<void>;
  /** For fault injection: the device fails in the middle of its next descriptor. Not every device has it. */
  failNext?(): void;
}

export interface DmaDevice {
  readonly name: string;
  /** Maximum number of channels. */
  readonly channels: number;
  /**
   * Makes up to `count` channels ready for `requestChannel`, if the device has that many.
   * @throws MigrationError ENODEV when it has none.
   */
  prepare(count: number): Promise<void>;
  /** A channel for this client alone. Undefined when none is ready and free. */
  requestChannel(client: DmaClient): DmaChannel | undefined;
  /** Gives back a channel with nothing in flight, for another client. Optional for a channel that is not alive. */
  releaseChannel(channel: DmaChannel): void;
  /** Ends every channel. Resolves when none touches memory any more. */
  close(): Promise<void>;
}
