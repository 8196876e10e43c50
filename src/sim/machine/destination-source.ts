/** A source of destinations other than the target's free lists: the free scanner of a compaction. */
export interface DestinationSource {
  /** First of 2^order frames, in flight, or -1. */
  take(order: number): number;
  /** Returns an unused destination. */
  give(frame: number, order: number): void;
}
