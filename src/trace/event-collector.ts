import type { CollectedEvents, EventGap } from './collected-events.js';
import type { FerryEvent } from './ferry-event.js';
import type { RingReader } from './ring-reader.js';

/** Keeps what is told from now on: up to a limit, and counting what it has missed. */
export class EventCollector {
  /** Until it has come to its end: then nothing keeps the ring. */
  #reader: RingReader | undefined;
  readonly #limit: number;
  readonly #name: string;
  readonly #began: number;
  readonly #events: FerryEvent[] = [];
  readonly #gaps: EventGap[] = [];
  #position: number;
  #beyond = 0;
  #collected: CollectedEvents | undefined;

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
    if (this.#reader === undefined) return;
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

  /** Events that it has kept so far. */
  get kept(): number {
    return this.#events.length;
  }

  /** The last look. What it has kept; a second time the same. */
  end(): CollectedEvents {
    if (this.#collected === undefined) {
      this.collect();
      this.#reader?.close();
      this.#reader = undefined;
      const [name, began, events] = [this.#name, this.#began, this.#events];
      this.#collected = { name, began, events, gaps: this.#gaps, beyond: this.#beyond };
    }
    return this.#collected;
  }
}
