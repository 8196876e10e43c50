/**
 * Words of shared memory between a ferry's owner and its migration thread. They carry what one side has to see between
 * two batches, and what the owner reads without a message.
 */

/** The owner adds 1 after it has posted a message. The thread then polls its port. */
export const CONTROL_MAIL = 0;
/** 1: the owner wants the thread to stop between batches and to start no others, because the process is exiting. */
export const CONTROL_STOP = 1;
/** 1 while a region is registered with the userfaultfd, and so while a page may be in flight. */
export const CONTROL_BUSY = 2;
/** 1 while the thread sleeps in the kernel until CONTROL_MAIL changes: see linger.ts. */
export const CONTROL_ASLEEP = 3;
const CONTROL_WORDS = 16;

/** For each node, after the control words, as doubles: bytes pooled, bytes free. */
export function controlBytes(nodes: number): number {
  return CONTROL_WORDS * 4 + nodes * 16;
}

export function controlWords(buffer: SharedArrayBuffer): Int32Array {
  return new Int32Array(buffer, 0, CONTROL_WORDS);
}

export function nodeUsage(buffer: SharedArrayBuffer): Float64Array {
  return new Float64Array(buffer, CONTROL_WORDS * 4);
}
