import { callListener } from '../common/call-listener.js';
import { describeThrown } from '../common/describe-value.js';
import { clearInterval, setInterval } from '../common/host-timers.js';
import { onAbort } from '../common/on-abort.js';

/**
 * Called after a change of a shown value. An exception from it becomes a process warning, and does not affect other
 * listeners.
 * @see {@link ParameterAccess.watch} for an example
 */
export type ParameterListener = (path: string, value: string) => void;

/**
 * A function that ends a watch. Its `Symbol.dispose` does the same.
 * @see {@link ParameterAccess} for an example
 */
export interface ParameterWatch extends Disposable {
  (): void;
}

/** Returns the shown value, or `undefined` if it cannot be shown now. */
type Show = (path: string) => string | undefined;

/**
 * Milliseconds between polls of values that the engine changes by itself. They are words in shared memory that
 * count folios, so nothing can announce a change without slowing the copy.
 */
const POLL_EVERY_MS = 100;

/**
 * Options of {@link ParameterAccess.watch}.
 *
 * @see {@link ParameterAccess.watch} for an example
 */
export interface WatchOptions {
  /** Ends the watch when it aborts. With an aborted signal, the listener is never called. */
  readonly signal?: AbortSignal;
}

interface Watch {
  readonly listener: ParameterListener;
  /** The last value that the listener got, by path. */
  readonly seen: Map<string, string | undefined>;
  warned: boolean;
}

/** The watches of parameters. Costs nothing without a watch, and never keeps the process alive. */
export class ParameterWatches {
  readonly #show: Show;
  /** With the function that ends each. */
  readonly #watches = new Map<Watch, () => void>();
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(show: Show) {
    this.#show = show;
  }

  /** Ending the watch twice does no harm. */
  add(paths: readonly string[], listener: ParameterListener, signal?: AbortSignal): ParameterWatch {
    const watch = { listener, seen: new Map(paths.map((path) => [path, this.#show(path)])), warned: false };
    let forget = (): void => undefined;
    const end = (): void => {
      if (!this.#watches.delete(watch)) return;
      forget();
      if (this.#watches.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
    if (!this.#closed && signal?.aborted !== true) {
      forget = onAbort(signal, end);
      this.#watches.set(watch, end);
      this.#timer ??= setInterval(() => this.poll(), POLL_EVERY_MS).unref();
    }
    return Object.assign(() => end(), { [Symbol.dispose]: end });
  }

  /** Notifies the listeners of the last changes, and ends every watch. */
  close(): void {
    this.poll();
    this.#closed = true;
    for (const end of [...this.#watches.values()]) end();
  }

  /** Compares every watched value with the last reported one, and notifies the listeners of changes. */
  poll(): void {
    // Iterates over copies, because a listener may end watches and begin others.
    for (const watch of [...this.#watches.keys()]) {
      for (const [path, before] of [...watch.seen]) {
        if (!this.#watches.has(watch)) break;
        const value = this.#show(path);
        if (value === before || value === undefined) continue;
        watch.seen.set(path, value);
        this.#tell(watch, path, value);
      }
    }
  }

  #tell(watch: Watch, path: string, value: string): void {
    const warn = (error: unknown): void => {
      // Only once: a counter would repeat the warning ten times a second.
      if (!watch.warned)
        process.emitWarning(`a watcher of ${path} threw: ${describeThrown(error)}`, 'PageferryWarning');
      watch.warned = true;
    };
    callListener(() => watch.listener(path, value), warn);
  }
}
