import { checkInteger, readOptions } from '../common/check-options.js';
import { EventCollector } from '../trace/event-collector.js';
import type { EventRing } from '../trace/event-ring.js';
import { hostClock } from '../trace/host-clock.js';
import { Recorder } from '../trace/recorder.js';
import { RingReader } from '../trace/ring-reader.js';
import { DEFAULT_TRACE_LIMIT, Trace, type TraceOptions } from '../trace/trace.js';

const MAX_EVENTS = 10_000_000;

let ferries = 0;

/** The owner's end of what a ferry tells: its readers, its traces, and the events of the owner's own. */
export class FerryEvents {
  readonly #ring: EventRing;
  readonly #now = hostClock();
  readonly #name = `ferry ${++ferries}`;
  readonly #traces = new Set<Trace>();
  /** Of this thread: what the program does. */
  readonly recorder: Recorder;

  constructor(ring: EventRing) {
    this.#ring = ring;
    this.recorder = new Recorder(ring, this.#now);
  }

  reader(): RingReader {
    return new RingReader(this.#ring);
  }

  /** @throws MigrationError EINVAL */
  trace(options: TraceOptions): Trace {
    const { limit = DEFAULT_TRACE_LIMIT } = readOptions('trace', options, ['limit']);
    checkInteger('trace', 'options.limit', limit, 1, MAX_EVENTS);
    const collector = new EventCollector(new RingReader(this.#ring), this.#name, limit, this.#now());
    const trace = new Trace(collector, (ended) => this.#traces.delete(ended));
    this.#traces.add(trace);
    return trace;
  }

  /** Nothing more will be told. */
  close(): void {
    for (const trace of this.#traces) trace.end();
  }
}
