import { NO_FRAME } from '../../mm/pipeline/batch.js';
import type { NodePools } from './node-pools.js';

interface Run {
  readonly frame: number;
  readonly pages: number;
}

/**
 * Frames that a device may still touch although its copy was given up. They stay in flight in the pools' books,
 * so nobody gets them, until the device has come to rest; then they become empty slots, whatever is in them by then.
 */
export class Quarantine {
  readonly #pools: NodePools;
  readonly #runs = new Map<number, Run[]>();
  /** First source frame of a folio that is still unmapped, and the ticket that it comes under when it has left. */
  readonly #sources = new Map<number, number>();

  constructor(pools: NodePools) {
    this.#pools = pools;
  }

  /** Nothing is held. */
  get empty(): boolean {
    return this.#runs.size === 0;
  }

  /** Folios that are still unmapped, whose source is to be held. */
  get pending(): number {
    return this.#sources.size;
  }

  /** Calls `each` for every run of frames that is held. */
  eachRun(each: (frame: number, pages: number) => void): void {
    for (const runs of this.#runs.values()) for (const { frame, pages } of runs) each(frame, pages);
  }

  /**
   * Holds a destination at once, and the source, unless it is NO_FRAME, from the moment that its content has left it.
   */
  hold(ticket: number, dst: number, src: number, pages: number): void {
    const runs = this.#runs.get(ticket) ?? [];
    runs.push({ frame: dst, pages });
    this.#runs.set(ticket, runs);
    if (src !== NO_FRAME) this.#sources.set(src, ticket);
  }

  /** The content of a source has left its frames, for its new place or back to the program. */
  left(src: number, pages: number): void {
    const ticket = this.#sources.get(src)!;
    this.#sources.delete(src);
    const runs = this.#runs.get(ticket);
    // The device may have come to rest meanwhile.
    if (runs === undefined) this.#free(src, pages);
    else runs.push({ frame: src, pages });
  }

  release(ticket: number): void {
    const runs = this.#runs.get(ticket) ?? [];
    this.#runs.delete(ticket);
    for (const { frame, pages } of runs) this.#free(frame, pages);
    this.#pools.shadows.releaseLingering();
  }

  #free(frame: number, pages: number): void {
    // A stale page may be there, or none, or a zero page that the device's own fault brought.
    this.#pools.discard(frame, pages);
    this.#pools.tableOf(frame).putEmpty(frame, pages);
  }
}
