import { readSafely } from '../common/check-plain.js';
import { onAbort } from '../common/on-abort.js';
import type { WatchedHeat } from './heat.js';

/** The watch of a region, as the iterator uses it. */
export interface RegionWatch {
  /** Whether there are no more results. */
  isOver(): boolean;
  /** Watches for an interval. The result is not needed any more once the Int32 `stop` is not 0. */
  next(stop: SharedArrayBuffer): Promise<WatchedHeat | undefined>;
  /** The error for the program, or undefined if the watch has only ended. */
  problem(error: unknown): unknown;
}

const DONE = Object.freeze({ value: undefined, done: true as const });

/**
 * The results of `region.heat`. A generator could not end within an interval, because its `return` waits for the `next` before
 * it. Here `return`, `throw`, an aborted signal and `end` answer every `next` at once.
 */
export class HeatIterator implements AsyncIterableIterator<WatchedHeat> {
  readonly #watch: RegionWatch;
  readonly #signal: AbortSignal | undefined;
  readonly #active: Set<HeatIterator>;
  readonly #stop = new SharedArrayBuffer(4);
  #started = false;
  #ended = false;
  /** Ends the wait for the signal. */
  #forget = (): void => undefined;
  /** Answers the `next` that waits for a result. */
  #answer: (() => void) | undefined;
  /** Every earlier `next`. They are answered in order. */
  #earlier: Promise<unknown> = Promise.resolve();
  /** The interval in progress, on the migration thread. */
  #interval: Promise<unknown> = Promise.resolve();

  /** @param active Has the iterator from its first `next` to its end. */
  constructor(watch: RegionWatch, signal: AbortSignal | undefined, active: Set<HeatIterator>) {
    this.#watch = watch;
    this.#signal = signal;
    this.#active = active;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<WatchedHeat, undefined>> {
    const result = this.#earlier.then(() => this.#next());
    this.#earlier = result.catch(() => undefined);
    return result;
  }

  /** Ends the watch, and resolves when the migration thread has left it. */
  async return(): Promise<IteratorResult<WatchedHeat, undefined>> {
    this.end();
    await this.#interval;
    return DONE;
  }

  async throw(error: unknown): Promise<IteratorResult<WatchedHeat, undefined>> {
    await this.return();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Ends the watch. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    Atomics.store(new Int32Array(this.#stop), 0, 1);
    this.#forget();
    this.#active.delete(this);
    this.#answer?.();
  }

  async #next(): Promise<IteratorResult<WatchedHeat, undefined>> {
    if (this.#ended) return DONE;
    try {
      this.#start();
      const value = this.#watch.isOver() ? undefined : await this.#result();
      if (value !== undefined && !this.#ended) return { value, done: false };
    } catch (error) {
      const problem = this.#ended ? undefined : this.#watch.problem(error);
      this.end();
      if (problem !== undefined) throw problem;
    }
    this.end();
    return DONE;
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#active.add(this);
    readSafely('heat', 'options.signal', () => {
      if (this.#signal?.aborted === true) this.end();
      else this.#forget = onAbort(this.#signal, () => this.end());
    });
  }

  /** Undefined if the watch ends before the interval. */
  #result(): Promise<WatchedHeat | undefined> {
    if (this.#ended) return Promise.resolve(undefined);
    const watched = this.#watch.next(this.#stop);
    this.#interval = watched.catch(() => undefined);
    return new Promise((resolve, reject) => {
      this.#answer = () => resolve(undefined);
      watched.then(resolve, reject);
    });
  }
}
