/**
 * How far a folio is write-protected while it is still mapped (the read-through copy: see swap-batch.ts). Its readers go
 * on, its writers wait.
 */

/** Not at all. */
export const GUARD_NONE = 0;
/**
 * Some of its pages may be, but not every page of it is there and protected: it has a hole, is swapped out or poisoned, or
 * has lost its protection. What was copied from it is not to be believed.
 */
export const GUARD_BROKEN = 1;
/** Every page of it is there and protected: nobody can change what is read through `Batch.view`. */
export const GUARD_READABLE = 2;
