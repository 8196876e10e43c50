import { type Count, countUpdates } from '../../bench/harness/counters.js';
import type { LoadResult } from './load-protocol.js';

/** What the threads of a load have done, and what of it is there. */
export interface LoadCount extends Count {
  readonly updates: number;
  /** Values that a thread saw go backwards. */
  readonly backwards: number;
}

/** To be called when the threads have ended, and no page can be out. */
export function countLoad(counters: Int32Array, threads: readonly LoadResult[]): LoadCount {
  const writers = threads.filter(({ role }) => role === 'writer');
  const updates = writers.reduce((sum, { accesses }) => sum + accesses, 0);
  const backwards = threads.reduce((sum, thread) => sum + thread.backwards, 0);
  return { updates, backwards, ...countUpdates(counters, updates) };
}
