import type { Batch } from '../mm/batch.js';

/** Whether every folio of the batch is UNMAPPED, of one size, and `src` and `dst` are one run of frames each. */
export function isWhole(batch: Batch): boolean {
  return batch.whole;
}
