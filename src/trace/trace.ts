import { clearInterval, setInterval } from '../common/host-timers.js';
import type { ChromeTrace } from './chrome/chrome-event.js';
import { chromeTrace } from './chrome/chrome-trace.js';
import type { CollectedEvents } from './collected-events.js';
import type { EventCollector } from './event-collector.js';

/**
 * Options of {@link Ferry.trace}.
 * @see {@link Ferry.trace} for an example
 */
export interface TraceOptions {
  /**
   * Maximum number of events to keep, 1 to 10000000. A batch has about ten.
   * @defaultValue 250000 (some 30 MB as JSON)
   */
  readonly limit?: number;
}

export const DEFAULT_TRACE_LIMIT = 250_000;

/** Milliseconds between two reads of the ring, which wraps around in a second or more. */
const COLLECT_MS = 50;

/**
 * A trace in progress: the work of a ferry's migration thread, channels and helper threads. See docs/tracing.md.
 * @see {@link Ferry.trace} for an example
 */
export class Trace implements Disposable {
  readonly #collector: EventCollector;
  readonly #timer: NodeJS.Timeout;
  readonly #onEnd: (trace: Trace) => void;
  #collected: CollectedEvents | undefined;
  #trace: ChromeTrace | undefined;

  /** @internal Use `ferry.trace()`. */
  constructor(collector: EventCollector, onEnd: (trace: Trace) => void) {
    this.#collector = collector;
    this.#onEnd = onEnd;
    this.#timer = setInterval(() => collector.collect(), COLLECT_MS);
    this.#timer.unref();
  }

  /**
   * Ends the recording and returns it in the Trace Event Format. `JSON.stringify` of it is a file for ui.perfetto.dev or
   * chrome://tracing. Time 0 is the beginning of the trace. A second call returns the same.
   */
  stop(): ChromeTrace {
    if (this.#trace === undefined) {
      const collected = this.end();
      this.#trace = chromeTrace([{ collected, origin: collected.began }], { clock: 'CLOCK_MONOTONIC' });
    }
    return this.#trace;
  }

  /** Number of events kept so far. */
  get kept(): number {
    return this.#collector.kept;
  }

  /** Ends the recording. `stop()` still gives the events. */
  [Symbol.dispose](): void {
    this.end();
  }

  /** @internal Ends the recording. The ferry also calls it when it closes. */
  end(): CollectedEvents {
    if (this.#collected === undefined) {
      clearInterval(this.#timer);
      this.#collected = this.#collector.end();
      this.#onEnd(this);
    }
    return this.#collected;
  }
}
