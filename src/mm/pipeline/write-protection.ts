/**
 * How far a folio is write-protected while it is still mapped (the write-protected copy: see cutover-batch.ts). Its readers go
 * on, its writers wait.
 */

/** Not at all. */
export const WP_NONE = 0;
/**
 * Some of its pages may be, but not every page of it is there and protected: it has a hole, is swapped out or poisoned, or
 * has lost its protection. What was copied from it is not to be believed.
 */
export const WP_BROKEN = 1;
/** Every page of it is there and protected: nobody can change what is read through `Batch.mappedFrame`. */
export const WP_INTACT = 2;
