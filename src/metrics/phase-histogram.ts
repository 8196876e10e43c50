import { Counter, Histogram, type Metric } from 'prom-client';
import { clearInterval, setInterval } from '../common/host-timers.js';
import type { Ferry } from '../ferry/ferry.js';
import type { EventReader } from '../trace/event-reader.js';

/** Seconds, from the shortest phases to the limit of a copy. */
const BUCKETS = [1e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 1e-1, 1, 10];

/** Milliseconds between two reads of the ring, which wraps around in a second or more. */
const COLLECT_MS = 250;

/** A histogram of the durations of batch phases, from the events that the ferry records while this is open. */
export class PhaseHistogram {
  readonly #reader: EventReader;
  readonly #timer: NodeJS.Timeout;
  readonly #histogram: Histogram<'phase'>;
  readonly #lost: Counter;
  #position: number;

  constructor(ferry: Pick<Ferry, 'events'>) {
    const collect = (): void => this.collect();
    this.#histogram = new Histogram({
      name: 'pageferry_batch_phase_seconds',
      help: 'How long a batch was in each phase: docs/tracing.md',
      labelNames: ['phase'],
      buckets: BUCKETS,
      registers: [],
      collect,
    });
    this.#lost = new Counter({
      name: 'pageferry_events_lost_total',
      help: 'Events that pageferry_batch_phase_seconds missed',
      registers: [],
      collect,
    });
    this.#reader = ferry.events();
    this.#position = this.#reader.head;
    this.#timer = setInterval(collect, COLLECT_MS);
    this.#timer.unref();
  }

  get metrics(): readonly Metric[] {
    // A registry treats metrics of one label and of any label alike.
    return [this.#histogram as unknown as Metric, this.#lost];
  }

  /** Reads the events since the last call. */
  collect(): void {
    const { events, next, lost } = this.#reader.read(this.#position);
    this.#position = next;
    this.#lost.inc(lost);
    for (const event of events) {
      if (event.kind === 'phase') this.#histogram.observe({ phase: event.phase }, event.ns / 1e9);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#reader.close();
  }
}
