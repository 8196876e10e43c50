/**
 * Words of memory shared by the load's threads: GO is 1 while they run, STOP becomes 1; MODE is which of a thread's
 * histograms counts.
 */
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
  /** Milliseconds of rest after every few accesses; 0: as fast as it can. */
  readonly restMs: number;
}

/** What a thread did; its first message is the string `ready`. */
export interface LoadResult {
  readonly role: LoadRole;
  /** Reads or updates. */
  readonly accesses: number;
  /** Values that were less than they had been. */
  readonly backwards: number;
}
