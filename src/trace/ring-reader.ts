import { describe } from '../common/describe-value.js';
import { clearTimeout, setTimeout } from '../common/host-timers.js';
import { invalidArgument } from '../common/migration-error.js';
import { onAbort } from '../common/on-abort.js';
import { EventCursor } from './event-cursor.js';
import type { EventReader, EventsRead } from './event-reader.js';
import type { EventRing } from './event-ring.js';
import { eventStream } from './event-stream.js';
import type { FerryEvent } from './ferry-event.js';
import type { MovedTotals } from './moved-totals.js';

export interface RingReaderOptions {
  /** Its abort closes the reader. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, when the reader is closed. */
  readonly onClose?: (reader: RingReader) => void;
}

/** Reads the events of one ring. Events are recorded while it is open. */
export class RingReader implements EventReader {
  readonly capacity: number;
  readonly #ring: EventRing;
  readonly #began: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onClose: (reader: RingReader) => void;
  /** Wakes the iterations that wait for events. */
  readonly #waiting = new Set<() => void>();
  readonly #close = (): void => this.close();
  /** Ends the wait for the signal. */
  #forget = (): void => undefined;
  #lost = 0;
  #over = false;
  #open = true;

  constructor(ring: EventRing, { signal, onClose = () => undefined }: RingReaderOptions = {}) {
    this.#ring = ring;
    this.capacity = ring.capacity;
    this.#began = ring.head;
    this.#signal = signal;
    this.#onClose = onClose;
    ring.countReader(1);
    if (signal?.aborted === true) this.close();
    else this.#forget = onAbort(signal, this.#close);
  }

  /** Totals of the moved batches so far, without their events. */
  get moved(): MovedTotals {
    return this.#ring.moved;
  }

  get head(): number {
    return this.#ring.head;
  }

  read(since = 0, max: number = this.capacity): EventsRead {
    checkCount('since', since);
    checkCount('max', max);
    const { head } = this;
    const from = Math.min(since, head);
    const there = Math.max(from, head - this.capacity);
    const first = Math.max(there, head - max);
    const cursor = new EventCursor(this.#ring, first);
    const events: FerryEvent[] = [];
    // Not beyond `head`: with a writer that is faster than this reader, the loop would never end.
    while (cursor.position < head && cursor.next()) events.push(cursor.event());
    return { events, next: cursor.position, lost: there - from + cursor.lost, skipped: first - there };
  }

  /** Like `read`, but event by event and without objects, from a position of this ring on. */
  cursor(since: number): EventCursor {
    return new EventCursor(this.#ring, Math.min(since, this.head));
  }

  get lost(): number {
    return this.#lost;
  }

  [Symbol.asyncIterator](): AsyncGenerator<FerryEvent, void> {
    const reader = this;
    return eventStream(
      {
        ring: this.#ring,
        signal: this.#signal,
        get over() {
          return reader.#over;
        },
        countLost: (events) => {
          this.#lost += events;
        },
        pause: (ms) => this.#pause(ms),
        close: this.#close,
      },
      this.#began,
    );
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#ring.countReader(-1);
    this.#forget();
    this.#onClose(this);
    this.end();
  }

  /** Recording has ended. Iterations read the remaining events and end. */
  end(): void {
    this.#over = true;
    for (const wake of this.#waiting) wake();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #pause(ms: number): Promise<void> {
    if (this.#over) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => wake(), ms);
      // A browser's timer is a number, and does not keep anything alive.
      if (typeof timer === 'object') timer.unref();
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
    });
  }
}

function checkCount(argument: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return;
  throw invalidArgument(
    'read events',
    argument,
    `must be an integer of 0 or more, not ${describe(value)}`,
    'Use 0, head, or next of an earlier read.',
  );
}
