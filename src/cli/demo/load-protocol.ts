/** Words of shared memory. GO is 1 while the threads run, STOP becomes 1, and MODE is the index of the histogram that counts. */
export const LOAD_GO = 0;
export const LOAD_STOP = 1;
export const LOAD_MODE = 2;
export const LOAD_WORDS = 3;

export type LoadRole = 'reader' | 'writer';

export interface LoadOptions {
  readonly role: LoadRole;
  readonly counters: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
  readonly seed: number;
  /** A histogram for each mode. */
  readonly times: readonly SharedArrayBuffer[];
  /** Milliseconds of rest after every few accesses; 0: none. */
  readonly restMs: number;
}

/** A thread's second message. The first is the string `ready`. */
export interface LoadResult {
  readonly role: LoadRole;
  /** Reads or updates. */
  readonly accesses: number;
  /** Values that were less than before. */
  readonly backwards: number;
}
