import type { FerryEvent } from './ferry-event.js';

/** Options of `Ferry.events()`. */
export interface EventsOptions {
  /** Closes the reader when it aborts; an iteration of it rejects with an AbortError. */
  readonly signal?: AbortSignal;
}

/** What `EventReader.read` gives. */
export interface EventsRead {
  /** In the order in which they were told: by their ends, for those that have one. */
  readonly events: readonly FerryEvent[];
  /** The position to go on reading from. */
  readonly next: number;
  /** Events between the position asked for and the first one given that are gone: the ring went round over them. */
  readonly lost: number;
  /** Events that were passed over because `max` were asked for. */
  readonly skipped: number;
}

/**
 * Reads what a ferry tells of its batches: `Ferry.events()`. Recording is on while at least one reader is open, and costs
 * nothing otherwise. Any number of readers may be open, each with its own position. Reading never holds the migration
 * thread up: who is too slow loses the oldest events, and is told how many.
 *
 * A reader can be iterated: `for await` gives each event from the moment on at which the reader was opened. The iteration ends
 * with the reader (`close()`), or with the ferry, when its last event was given; leaving it closes the reader.
 * It does not keep the process alive.
 *
 * @example
 * ```ts
 * for await (const event of ferry.events({ signal: AbortSignal.timeout(1000) })) {
 *   if (event.kind === 'batch') console.log(event.bytes, 'bytes in', event.ns, 'ns');
 * }
 * ```
 *
 * @example
 * ```ts
 * const reader = ferry.events();
 * let position = reader.head;
 * setInterval(() => {
 *   const { events, next, lost } = reader.read(position, 5000);
 *   position = next;
 *   …
 * }, 100);
 * ```
 */
export interface EventReader extends AsyncIterable<FerryEvent>, Disposable {
  /** The position after the newest event: who begins here is told of nothing old. */
  readonly head: number;
  /** Events that the ring can hold: of those that are older none can be read. */
  readonly capacity: number;
  /**
   * The events from a position on, by default from the oldest that there is.
   * @param since a position: 0, `head`, or `next` of an earlier read (of any reader of this ferry).
   * @param max events to be given at most: the newest ones, the others are `skipped`.
   * @throws MigrationError EINVAL for what is no position.
   */
  read(since?: number, max?: number): EventsRead;
  /** Events that iterations of this reader have missed so far, because the ring went round over them. */
  readonly lost: number;
  /** Ends it; the last reader's end ends the recording. What was recorded can be read on. Twice does no harm. */
  close(): void;
}
