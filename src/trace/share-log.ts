import { headOf } from './event-layout.js';
import type { EventRing } from './event-ring.js';

/** Writes what one helper thread copies, batch by batch, on its own lane. */
export class ShareLog {
  readonly #ring: EventRing;
  readonly #now: () => number;
  readonly #lane: number;
  #batch = 0;
  #began = 0;
  #bytes = 0;
  #pieces = 0;

  constructor(ring: EventRing, now: () => number, lane: string) {
    this.#ring = ring;
    this.#now = now;
    this.#lane = ring.names.numberOf(lane);
  }

  /** It is about to copy so much of that batch. */
  take(batch: number, { pieces, bytes }: { readonly pieces: number; readonly bytes: number }): void {
    if (this.#batch !== batch) {
      this.end();
      this.#batch = batch;
      this.#began = this.#now();
    }
    this.#pieces += pieces;
    this.#bytes += bytes;
  }

  /** It finds nothing more of the batch to take. */
  end(): void {
    if (this.#batch === 0) return;
    const head = headOf('share', 0, 0, this.#lane);
    this.#ring.write(head, this.#began, this.#now() - this.#began, this.#bytes, this.#batch, 0, this.#pieces);
    this.#batch = 0;
    this.#bytes = 0;
    this.#pieces = 0;
  }
}
