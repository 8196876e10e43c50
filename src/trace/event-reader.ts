import type { FerryEvent } from './ferry-event.js';

/**
 * Options of {@link Ferry.events}.
 * @see {@link Ferry.events} for an example
 */
export interface EventsOptions {
  /** Closes the reader when it aborts. An iteration of the reader rejects with an AbortError. */
  readonly signal?: AbortSignal;
}

/**
 * The result of {@link EventReader.read}.
 * @see {@link EventReader} for an example
 */
export interface EventsRead {
  /** The events in the order of their recording. An event with a duration is recorded at its end. */
  readonly events: readonly FerryEvent[];
  /** The position for the next read. */
  readonly next: number;
  /**
   * Events between the requested position and the first one returned that were overwritten in the ring.
   */
  readonly lost: number;
  /** Events that were skipped because more than `max` were available. */
  readonly skipped: number;
}

/**
 * Reads the events of a ferry: {@link Ferry.events}. Recording is on while at least one reader is open, and costs nothing
 * otherwise. Any number of readers may be open, each with its own position. Reading never delays the migration thread. A
 * reader that is too slow loses the oldest events, and `lost` counts them.
 *
 * `for await` gives each event from the opening of the reader on. The loop ends when the reader or the ferry is closed,
 * after the last event. Leaving the loop closes the reader. A loop that waits does not keep the process alive.
 * @example
 * ```ts
 * const reader = ferry.events();
 * await region.migrate({ to: 1 });
 * for await (const event of reader) {
 *   if (event.kind === 'migration') break;
 *   if (event.kind === 'batch') console.log(`${event.bytes} bytes in ${event.ns} ns`);
 * }
 * ```
 * @example
 * ```ts
 * const reader = ferry.events();
 * let position = reader.head; // nothing old
 * const timer = setInterval(() => {
 *   const { events, next, lost } = reader.read(position, 5000);
 *   position = next;
 *   console.log(`${events.length} events, ${lost} lost`);
 * }, 100);
 * await region.migrate({ to: 1 });
 * clearInterval(timer);
 * reader.close();
 * ```
 */
export interface EventReader extends AsyncIterable<FerryEvent>, Disposable {
  /** The position after the newest event. A reader that begins here gets no old events. */
  readonly head: number;
  /** Number of events that the ring holds. Older events cannot be read. */
  readonly capacity: number;
  /**
   * The events from a position on. The default is the oldest event.
   * @throws {@link MigrationError} EINVAL for a value that is not a position.
   * @param since A position: 0, `head`, or `next` of an earlier read (of any reader of this ferry).
   * @param max The maximum number of events. The newest are returned, the others are `skipped`.
   */
  read(since?: number, max?: number): EventsRead;
  /** Events that loops over this reader have missed, because the ring overwrote them. */
  readonly lost: number;
  /**
   * Ends the reader. The end of the last reader ends the recording. Recorded events can still be read. Closing twice does
   * no harm.
   */
  close(): void;
}
