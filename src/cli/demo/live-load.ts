import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Count, countUpdates } from '../../bench/harness/counters.js';
import { HISTOGRAM_BYTES, WaitHistogram } from '../../common/wait-histogram.js';
import { COPY_MODES } from '../../mm/copy-mode.js';
import {
  LOAD_GO,
  LOAD_MODE,
  LOAD_STOP,
  LOAD_WORDS,
  type LoadOptions,
  type LoadResult,
  type LoadRole,
} from './load-protocol.js';

export interface LoadThread extends LoadResult {
  /** Nanoseconds of each access, with two readings of the clock, for each of COPY_MODES. */
  readonly times: readonly WaitHistogram[];
}

/** The threads of a program that reads and updates counters all over a buffer. */
export class LiveLoad {
  readonly #workers: readonly Worker[];
  readonly #results: Promise<LoadThread[]>;
  readonly #flags: Int32Array;
  /** The histograms of all threads, with their roles. */
  readonly #times: readonly (readonly [LoadRole, WaitHistogram])[];

  private constructor(
    workers: readonly Worker[],
    results: readonly Promise<LoadThread>[],
    flags: Int32Array,
    times: readonly (readonly [LoadRole, WaitHistogram])[],
  ) {
    this.#workers = workers;
    this.#results = Promise.all(results);
    // `stop` returns the rejection. Until then it is not unhandled.
    this.#results.catch(() => undefined);
    this.#flags = flags;
    this.#times = times;
  }

  /**
   * Starts `threads` threads, alternately a writer and a reader. Resolves when all wait for `go`.
   * @param restMs Milliseconds that each thread rests after every few accesses; 0: none.
   */
  static async start(counters: SharedArrayBuffer, threads: number, restMs = 0): Promise<LiveLoad> {
    const control = new SharedArrayBuffer(LOAD_WORDS * Int32Array.BYTES_PER_ELEMENT);
    const times = Array.from({ length: threads }, () =>
      COPY_MODES.map(() => new SharedArrayBuffer(HISTOGRAM_BYTES)),
    );
    const workers = times.map((memory, i) => {
      const role = roleOf(i);
      const workerData: LoadOptions = { role, counters, control, seed: i + 1, times: memory, restMs };
      return new Worker(new URL('./load-worker.js', import.meta.url), { workerData, name: role });
    });
    try {
      await Promise.all(workers.map((worker) => once(worker, 'message')));
    } catch (error) {
      await Promise.all(workers.map((worker) => worker.terminate()));
      throw error;
    }
    return new LiveLoad(
      workers,
      workers.map((worker, i) => resultOf(worker, times[i]!)),
      new Int32Array(control),
      times.flatMap((memory, i) => memory.map((one) => [roleOf(i), new WaitHistogram(one)] as const)),
    );
  }

  go(): void {
    Atomics.store(this.#flags, LOAD_GO, 1);
    Atomics.notify(this.#flags, LOAD_GO);
  }

  /** Sets the copy mode that accesses count for from now on: an index in COPY_MODES. */
  setMode(mode: number): void {
    Atomics.store(this.#flags, LOAD_MODE, mode);
  }

  /** Pauses every thread after its current accesses, until `go`. */
  hold(): void {
    Atomics.store(this.#flags, LOAD_GO, 0);
  }

  /** How long accesses took since the start, of all threads of a role. The threads may be running. */
  waits(role: LoadRole): WaitHistogram {
    const sum = new WaitHistogram();
    for (const [own, times] of this.#times) if (own === role) sum.add(times);
    return sum;
  }

  /** Ends every thread after its current accesses, and returns the results. */
  stop(): Promise<readonly LoadThread[]> {
    Atomics.store(this.#flags, LOAD_STOP, 1);
    this.go();
    return this.#results;
  }

  /** Ends the threads at any point. */
  async terminate(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function roleOf(thread: number): LoadRole {
  return thread % 2 === 0 ? 'writer' : 'reader';
}

function resultOf(worker: Worker, times: readonly SharedArrayBuffer[]): Promise<LoadThread> {
  return new Promise((resolve, reject) => {
    worker.once('message', (result: LoadResult) =>
      resolve({ ...result, times: times.map((memory) => new WaitHistogram(memory)) }),
    );
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('a thread of the demo exited early')));
  });
}

/** The updates that the threads made, and those that the memory has. */
export interface LoadCount extends Count {
  readonly updates: number;
  /** Values that a thread saw go backwards. */
  readonly backwards: number;
}

/** Call it when the threads have ended, and no page is in flight. */
export function countLoad(counters: Int32Array, threads: readonly LoadResult[]): LoadCount {
  const writers = threads.filter(({ role }) => role === 'writer');
  const updates = writers.reduce((sum, { accesses }) => sum + accesses, 0);
  const backwards = threads.reduce((sum, thread) => sum + thread.backwards, 0);
  return { updates, backwards, ...countUpdates(counters, updates) };
}
