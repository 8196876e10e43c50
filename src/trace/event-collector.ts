import type { CollectedEvents, EventGap } from './collected-events.js';
import type { FerryEvent } from './ferry-event.js';
import type { RingReader } from './ring-reader.js';

/** Keeps what is told from now on: up to a limit, and counting what it has missed. */
export class EventCollector {
  readonly #reader: RingReader;
  readonly #limit: number;
  readonly #name: string;
  readonly #began: number;
  readonly #events: FerryEvent[] = [];
  readonly #gaps: EventGap[] = [];
  #position: number;
  #beyond = 0;

  /** @param now on the clock of the events. */
  constructor(reader: RingReader, name: string, limit: number, now: number) {
    this.#reader = reader;
    this.#limit = limit;
    this.#name = name;
    this.#began = now;
    this.#position = reader.head;
  }

  /** Takes what there is. To be called often enough: the ring goes round. */
  collect(): void {
    const cursor = this.#reader.cursor(this.#position);
    const { head } = this.#reader;
    while (cursor.position < head && cursor.next()) {
      if (this.#events.length === this.#limit) {
        this.#beyond++;
        continue;
      }
      const event = cursor.event();
      if (cursor.lost > 0) {
        this.#gaps.push({ at: 'ns' in event ? event.at + event.ns : event.at, lost: cursor.lost });
        cursor.lost = 0;
      }
      this.#events.push(event);
    }
    if (cursor.lost > 0) this.#beyond += cursor.lost;
    this.#position = cursor.position;
  }

  /** The last look. */
  end(): CollectedEvents {
    this.collect();
    this.#reader.close();
    return {
      name: this.#name,
      began: this.#began,
      events: this.#events,
      gaps: this.#gaps,
      beyond: this.#beyond,
    };
  }
}
