import type { FerryEvent } from './ferry-event.js';

/** Events that were lost, and the time of the first event that was read after them. */
export interface EventGap {
  readonly at: number;
  readonly lost: number;
}

/** The recorded events of one ferry, or of one simulated machine. */
export interface CollectedEvents {
  /** The name of the ferry or machine, such as `ferry 1`. */
  readonly name: string;
  /** When the recording began, on the clock of the events. */
  readonly began: number;
  readonly events: readonly FerryEvent[];
  readonly gaps: readonly EventGap[];
  /** Events beyond the maximum number. */
  readonly beyond: number;
}
