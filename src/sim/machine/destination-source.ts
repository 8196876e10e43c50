/** Where destinations come from instead of the target's free lists: the free scanner of a compaction. */
export interface DestinationSource {
  /** First of 2^order frames, in flight, or -1. */
  take(order: number): number;
  /** One that was taken and not used. */
  give(frame: number, order: number): void;
}
