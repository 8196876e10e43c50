import type { RecordableHistogram } from 'node:perf_hooks';

/** Words of memory shared by the load's threads: GO is 1 while they run, STOP becomes 1. */
export const LOAD_GO = 0;
export const LOAD_STOP = 1;
export const LOAD_WORDS = 2;

export type LoadRole = 'reader' | 'writer';

export interface LoadOptions {
  readonly role: LoadRole;
  readonly counters: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
  readonly seed: number;
  /** Milliseconds of rest after every few accesses; 0: as fast as it can. */
  readonly restMs: number;
  /** Doubles, one a bucket, in which this thread counts its accesses by how long they took: see wait-buckets.ts. */
  readonly waits: SharedArrayBuffer | undefined;
}

/** What a thread did; its first message is the string `ready`. */
export interface LoadResult {
  readonly role: LoadRole;
  /** Reads or updates. */
  readonly accesses: number;
  /** Values that were less than they had been. */
  readonly backwards: number;
  /** Nanoseconds of each access, the two looks at the clock included. */
  readonly times: RecordableHistogram;
}
