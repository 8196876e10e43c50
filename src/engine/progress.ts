/** Bytes of a migration's progress: the abort word, then doubles. */
export const PROGRESS_BYTES = 64;

/** Words shared between a job and the caller of its migration. */
export interface ProgressWords {
  /** [0] is 1 if the caller wants the migration to stop between batches. */
  readonly abort: Int32Array;
  /** Folios moved, folios failed and bytes moved so far. */
  readonly cells: Float64Array;
}

export function progressWords(buffer: ArrayBufferLike): ProgressWords {
  return { abort: new Int32Array(buffer, 0, 2), cells: new Float64Array(buffer, 8, 4) };
}
