/**
 * Whether a folio is write-protected while it is still mapped (the write-protected copy: see cutover-batch.ts). Its readers
 * continue and its writers wait.
 */

/** It is not protected. */
export const WP_NONE = 0;
/**
 * Not every page of it is present and protected. It has a hole, is swapped out or poisoned, or has lost its protection. Its
 * copy must not be used.
 */
export const WP_BROKEN = 1;
/** Every page of it is present and protected. Nobody can change what is read through `Batch.mappedFrame`. */
export const WP_INTACT = 2;
