import type { FerryEvent } from './ferry-event.js';

/**
 * The result of {@link EventReader.read}.
 *
 * @see {@link EventReader} for an example
 */
export interface EventsRead {
  /** In the order of their recording: by their ends, for those that have one. */
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
 * Reads the events of a ferry: {@link Ferry.events}. Recording is on while at least one reader is open, and
 * costs nothing otherwise. Any number of readers may be open, each with its own position. Reading never
 * delays the migration thread. A reader that is too slow loses the oldest events, and `lost` counts them.
 *
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
export interface EventReader {
  /** The position after the newest event. A reader that begins here gets no old events. */
  readonly head: number;
  /** Events that the ring can hold: of those that are older none can be read. */
  readonly capacity: number;
  /**
   * The events from a position on, by default from the oldest that there is.
   *
   * @throws {@link MigrationError} EINVAL for a value that is not a position.
   * @param since a position: 0, `head`, or `next` of an earlier read (of any reader of this ferry).
   * @param max events to be given at most: the newest ones, the others are `skipped`.
   */
  read(since?: number, max?: number): EventsRead;
  /**
   * Ends the reader. The end of the last reader ends the recording. Recorded events can still be read.
   * Closing twice does no harm.
   */
  close(): void;
}
