import { NO_FRAME } from '../../mm/pipeline/batch.js';
import type { NodePools } from './node-pools.js';

interface Run {
  readonly frame: number;
  readonly pages: number;
}

/**
 * Frames that a device may still touch after an abandoned copy. They stay in flight in the pools' books, so nobody gets
 * them until the device is idle. Then they become empty slots, whatever they contain.
 */
export class Quarantine {
  readonly #pools: NodePools;
  readonly #runs = new Map<number, Run[]>();
  /** For a folio that is still unmapped: its first source frame, and the ticket for the quarantine of its source. */
  readonly #sources = new Map<number, number>();

  constructor(pools: NodePools) {
    this.#pools = pools;
  }

  get empty(): boolean {
    return this.#runs.size === 0;
  }

  /** Number of folios that are still unmapped and whose source has to be quarantined. */
  get pending(): number {
    return this.#sources.size;
  }

  eachRun(each: (frame: number, pages: number) => void): void {
    for (const runs of this.#runs.values()) for (const { frame, pages } of runs) each(frame, pages);
  }

  /** Quarantines a destination at once, and the source (unless it is NO_FRAME) as soon as the content has left it. */
  hold(ticket: number, dst: number, src: number, pages: number): void {
    const runs = this.#runs.get(ticket) ?? [];
    runs.push({ frame: dst, pages });
    this.#runs.set(ticket, runs);
    if (src !== NO_FRAME) this.#sources.set(src, ticket);
  }

  /** The content of a source has left its frames, for its destination or back to the program. */
  left(src: number, pages: number): void {
    const ticket = this.#sources.get(src)!;
    this.#sources.delete(src);
    const runs = this.#runs.get(ticket);
    // The device may be idle by now.
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
    // There may be a stale page, none, or a zero page from the device's own fault.
    this.#pools.discard(frame, pages);
    this.#pools.tableOf(frame).putEmpty(frame, pages);
  }
}
