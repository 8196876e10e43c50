import type { CollectedEvents, EventGap } from './collected-events.js';
import type { FerryEvent } from './ferry-event.js';
import type { RingReader } from './ring-reader.js';

/** Keeps the events from its creation on, up to a limit, and counts the events that it missed. */
export class EventCollector {
  /** Undefined after the end, so that nothing keeps the ring alive. */
  #reader: RingReader | undefined;
  readonly #limit: number;
  readonly #name: string;
  readonly #began: number;
  readonly #events: FerryEvent[] = [];
  readonly #gaps: EventGap[] = [];
  #position: number;
  #beyond = 0;
  #collected: CollectedEvents | undefined;

  /** @param now The time, on the clock of the events. */
  constructor(reader: RingReader, name: string, limit: number, now: number) {
    this.#reader = reader;
    this.#limit = limit;
    this.#name = name;
    this.#began = now;
    this.#position = reader.head;
  }

  /** Reads the new events. Call it often, because the ring wraps around. */
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

  get kept(): number {
    return this.#events.length;
  }

  /** Reads the last events and returns all. A second call returns the same. */
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
