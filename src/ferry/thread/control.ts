/**
 * Words of shared memory between a ferry's owner and its migration thread: what must be seen between two
 * batches without a message, and what can be read without asking.
 */

/** Counted up by the owner when it has posted a message; the thread then looks at its messages. */
export const CONTROL_MAIL = 0;
/** 1: the owner wants the thread to stop between batches and to start none (the process is exiting). */
export const CONTROL_STOP = 1;
/** 1 while a region is registered with the userfaultfd, and so while a page may be out. */
export const CONTROL_BUSY = 2;
/** 1 while the thread sleeps in the kernel until CONTROL_MAIL changes: see linger.ts. */
export const CONTROL_ASLEEP = 3;
const CONTROL_WORDS = 16;

/** Per node, after the control words, as doubles: bytes pooled, bytes free. */
export function controlBytes(nodes: number): number {
  return CONTROL_WORDS * 4 + nodes * 16;
}

export function controlWords(buffer: SharedArrayBuffer): Int32Array {
  return new Int32Array(buffer, 0, CONTROL_WORDS);
}

export function nodeUsage(buffer: SharedArrayBuffer): Float64Array {
  return new Float64Array(buffer, CONTROL_WORDS * 4);
}
