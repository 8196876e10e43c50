import { decodeEvent, type RawEvent } from './decode-event.js';
import { EVENT_BYTES } from './event-layout.js';
import type { EventRing } from './event-ring.js';
import type { FerryEvent } from './ferry-event.js';

/**
 * A writer fills the place that it has claimed within nanoseconds. One behind which so many were filled belongs to a
 * thread that was ended in the middle of it, and will never be.
 */
const NEVER_FILLED = 256;

/** Goes through the events of a ring in order, without an object for each. */
export class EventCursor implements RawEvent {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** Events that were there and are gone. */
  lost = 0;
  #position: number;
  readonly #ring: EventRing;

  constructor(ring: EventRing, position: number) {
    const event = new ArrayBuffer(EVENT_BYTES);
    this.words = new Int32Array(event);
    this.doubles = new Float64Array(event);
    this.#ring = ring;
    this.#position = position;
  }

  /** The position of the event that `next` gives next. */
  get position(): number {
    return this.#position;
  }

  /** Passes over what is before a position. */
  skipTo(position: number): void {
    this.#position = Math.max(this.#position, position);
  }

  /** Whether there is another one: then it is in `words` and `doubles`. */
  next(): boolean {
    const ring = this.#ring;
    for (;;) {
      const { head } = ring;
      const oldest = Math.max(0, head - ring.capacity);
      if (this.#position < oldest) {
        this.lost += oldest - this.#position;
        this.#position = oldest;
      }
      if (this.#position >= head) return false;
      if (ring.copy(this.#position, this.words)) {
        this.#position++;
        return true;
      }
      // Overwritten meanwhile (the next look at head tells), or not filled yet.
      if (ring.head - ring.capacity > this.#position) continue;
      if (head - this.#position < NEVER_FILLED) return false;
      this.lost++;
      this.#position++;
    }
  }

  /** The name that has a number: see `nameOf`. */
  name(number: number): string {
    return this.#ring.names.nameOf(number);
  }

  /** The event that `next` gave, as an object. */
  event(): FerryEvent {
    return decodeEvent(this, this.#ring.names);
  }
}
