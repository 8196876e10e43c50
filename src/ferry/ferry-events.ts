import { checkInteger, readOptions } from '../common/check-options.js';
import { checkSignal } from '../common/check-signal.js';
import { EventCollector } from '../trace/event-collector.js';
import type { EventsOptions } from '../trace/event-reader.js';
import type { EventRing } from '../trace/event-ring.js';
import { hostClock } from '../trace/host-clock.js';
import { Recorder } from '../trace/recorder.js';
import { RingReader } from '../trace/ring-reader.js';
import { DEFAULT_TRACE_LIMIT, Trace, type TraceOptions } from '../trace/trace.js';

const MAX_EVENTS = 10_000_000;

let ferries = 0;

/** The owner's side of a ferry's events: readers, traces, and a recorder for the owner's own events. */
export class FerryEvents {
  readonly #ring: EventRing;
  readonly #now = hostClock();
  readonly #name = `ferry ${++ferries}`;
  readonly #traces = new Set<Trace>();
  readonly #readers = new Set<RingReader>();
  #over = false;
  /** Records the calls that the program makes on this thread. */
  readonly recorder: Recorder;

  constructor(ring: EventRing) {
    this.#ring = ring;
    this.recorder = new Recorder(ring, this.#now);
  }

  /** @throws MigrationError EINVAL */
  reader(options: EventsOptions = {}): RingReader {
    const { signal } = readOptions('events', options, ['signal']);
    checkSignal('events', 'options.signal', signal);
    const reader = new RingReader(this.#ring, { signal, onClose: (closed) => this.#readers.delete(closed) });
    if (this.#over) reader.end();
    else if (!signal?.aborted) this.#readers.add(reader);
    return reader;
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

  /** No more events follow. */
  close(): void {
    this.#over = true;
    for (const reader of this.#readers) reader.end();
    for (const trace of this.#traces) trace.end();
  }
}
