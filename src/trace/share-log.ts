import { headOf } from './event-layout.js';
import type { EventRing } from './event-ring.js';

/** Records the copies of one helper thread, batch by batch, on its own lane. */
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

  /** The thread is about to copy this part of the batch. */
  take(batch: number, { pieces, bytes }: { readonly pieces: number; readonly bytes: number }): void {
    if (this.#batch !== batch) {
      this.end();
      this.#batch = batch;
      this.#began = this.#now();
    }
    this.#pieces += pieces;
    this.#bytes += bytes;
  }

  /** The thread finds nothing more of the batch to take. */
  end(): void {
    if (this.#batch === 0) return;
    const head = headOf('share', 0, 0, this.#lane);
    this.#ring.write(head, this.#began, this.#now() - this.#began, this.#bytes, this.#batch, 0, this.#pieces);
    this.#batch = 0;
    this.#bytes = 0;
    this.#pieces = 0;
  }
}
