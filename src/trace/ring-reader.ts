import { describe } from '../common/describe-value.js';
import { invalidArgument } from '../common/migration-error.js';
import { EventCursor } from './event-cursor.js';
import type { EventReader, EventsRead } from './event-reader.js';
import type { EventRing } from './event-ring.js';
import type { FerryEvent } from './ferry-event.js';
import type { MovedTotals } from './moved-totals.js';

/** Reads the events of one ring. While it is open, they are written. */
export class RingReader implements EventReader {
  readonly capacity: number;
  readonly #ring: EventRing;
  #open = true;

  constructor(ring: EventRing) {
    this.#ring = ring;
    this.capacity = ring.capacity;
    ring.countReader(1);
  }

  /** What batches have moved so far, without their events. */
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
    // No further than head: who writes faster than this reads would never let it come to an end.
    while (cursor.position < head && cursor.next()) events.push(cursor.event());
    return { events, next: cursor.position, lost: there - from + cursor.lost, skipped: first - there };
  }

  /** As `read`, event by event and without objects: from a position of this ring on. */
  cursor(since: number): EventCursor {
    return new EventCursor(this.#ring, Math.min(since, this.head));
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#ring.countReader(-1);
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
