import type { FerryEvent } from './ferry-event.js';

/** Events that were there and that nobody got to read, and when the first that was read after them was told. */
export interface EventGap {
  readonly at: number;
  readonly lost: number;
}

/** What was recorded of one ferry, or of one simulated machine. */
export interface CollectedEvents {
  /** What it was: `ferry 1`. */
  readonly name: string;
  /** When the recording began, on the clock of the events. */
  readonly began: number;
  readonly events: readonly FerryEvent[];
  readonly gaps: readonly EventGap[];
  /** Events that came after as many as were to be kept. */
  readonly beyond: number;
}
