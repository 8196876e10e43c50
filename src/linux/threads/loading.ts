import { workerData } from 'node:worker_threads';

/**
 * Whether a thread still loads its modules. One of them is koffi, whose native code ends the process if its thread is ended
 * while it loads (koffi calls napi_throw, which V8 refuses in a thread that is about to end). So no thread of ours is ended
 * before it has called `modulesLoaded`, or has ended by itself.
 */
export interface Loading {
  /** Threads of the process that are loading. */
  readonly threads: Int32Array;
  /** 1 while this thread is loading. */
  readonly own: Int32Array;
}

/** Given to each of our threads by the one that starts it. Threads of threads count in the same word. */
const given = (workerData as { readonly pageferryLoading?: Loading } | null | undefined)?.pageferryLoading;

/** Threads of the process that are loading. */
export const LOADING_THREADS = given?.threads ?? new Int32Array(new SharedArrayBuffer(4));

/** Counts a thread that is about to start. */
export function beginLoading(): Loading {
  const own = new Int32Array(new SharedArrayBuffer(4)).fill(1);
  Atomics.add(LOADING_THREADS, 0, 1);
  return { threads: LOADING_THREADS, own };
}

/** The thread has loaded its modules, or has ended. Only the first call counts. */
export function endLoading({ threads, own }: Loading): void {
  if (Atomics.exchange(own, 0, 0) === 1) Atomics.sub(threads, 0, 1);
}

/** Every thread of ours calls this once it has loaded its modules, and koffi (`libc()`) if it uses it. It may be ended from then on. */
export function modulesLoaded(): void {
  if (given !== undefined) endLoading(given);
}
