import { decodeEvent, type RawEvent } from './decode-event.js';
import { EVENT_BYTES } from './event-layout.js';
import type { EventRing } from './event-ring.js';
import type { FerryEvent } from './ferry-event.js';

/**
 * A writer fills its claimed place within nanoseconds. If this many later places are filled, the writer's thread was ended
 * in the middle, and the place stays empty.
 */
const NEVER_FILLED = 256;

/** Reads the events of a ring in order, without an object for each. */
export class EventCursor implements RawEvent {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** Events that were overwritten before they were read. */
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

  /** The position of the event that `next` reads next. */
  get position(): number {
    return this.#position;
  }

  /** Skips all events before a position. */
  skipTo(position: number): void {
    this.#position = Math.max(this.#position, position);
  }

  /** Reads the next event into `words` and `doubles`. False if there is none. */
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
      // It was overwritten during the copy (`head` then shows it), or is not filled yet.
      if (ring.head - ring.capacity > this.#position) continue;
      if (head - this.#position < NEVER_FILLED) return false;
      this.lost++;
      this.#position++;
    }
  }

  /** The name with this number: see `nameOf`. */
  name(number: number): string {
    return this.#ring.names.nameOf(number);
  }

  /** The event that `next` read, as an object. */
  event(): FerryEvent {
    return decodeEvent(this, this.#ring.names);
  }
}
