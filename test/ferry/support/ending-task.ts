export interface EndingTask {
  readonly memory: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
  readonly seed: number;
}

/** Words of the control buffer: additions made, and whether to end by process.exit. */
export const ENDING_COUNT = 0;
export const ENDING_EXITS = 1;
