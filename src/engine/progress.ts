/** Bytes of a migration's progress: one word for abort, then doubles. */
export const PROGRESS_BYTES = 64;

/** Words that a job shares with the caller of its migration. */
export interface ProgressWords {
  /** [0] is 1 when the caller wants the migration to stop between batches. */
  readonly abort: Int32Array;
  /** Folios moved, folios failed, bytes moved so far. */
  readonly cells: Float64Array;
}

export function progressWords(buffer: ArrayBufferLike): ProgressWords {
  return { abort: new Int32Array(buffer, 0, 2), cells: new Float64Array(buffer, 8, 4) };
}
