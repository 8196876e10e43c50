import { MigrationError } from '../common/migration-error.js';
import { EventCursor } from './event-cursor.js';
import type { EventRing } from './event-ring.js';
import type { FerryEvent } from './ferry-event.js';

/** Milliseconds between two polls of the ring, which wraps around in a second or more. */
const POLL_MS = 50;

/** The reader behind a stream. */
export interface StreamSource {
  readonly ring: EventRing;
  readonly signal: AbortSignal | undefined;
  /** Whether recording has ended. */
  readonly over: boolean;
  countLost(events: number): void;
  /** Resolves when the reader is closed, or after `ms`. Does not keep the process alive. */
  pause(ms: number): Promise<void>;
  close(): void;
}

/**
 * The events of a ring from a position on, as they are recorded. Ends after the last event, when recording has ended.
 * @throws {@link MigrationError} ABORT_ERR when the reader's signal aborts
 */
export async function* eventStream(source: StreamSource, since: number): AsyncGenerator<FerryEvent, void> {
  const cursor = new EventCursor(source.ring, since);
  try {
    for (;;) {
      // Read before the events, so that no event from before the end is missed.
      const { over } = source;
      while (!source.signal?.aborted && cursor.next()) {
        yield cursor.event();
        lost(source, cursor);
      }
      lost(source, cursor);
      if (source.signal?.aborted) throw aborted(source.signal);
      if (over) return;
      await source.pause(POLL_MS);
    }
  } finally {
    source.close();
  }
}

function lost(source: StreamSource, cursor: EventCursor): void {
  if (cursor.lost === 0) return;
  source.countLost(cursor.lost);
  cursor.lost = 0;
}

function aborted({ reason }: AbortSignal): MigrationError {
  return new MigrationError('ABORT_ERR', 'aborted by options.signal', {
    operation: 'events',
    argument: 'options.signal',
    cause: reason,
  });
}
