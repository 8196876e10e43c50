import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  LOAD_GO,
  LOAD_STOP,
  LOAD_WORDS,
  type LoadOptions,
  type LoadResult,
  type LoadRole,
} from './load-protocol.js';
import { WAIT_BUCKETS } from './wait-buckets.js';

export interface LoadSetting {
  /** Milliseconds that each thread rests after every few accesses. Default 0. */
  readonly restMs?: number;
  /** Whether `waits` tells how long accesses take, while they go on. */
  readonly watched?: boolean;
}

/** The threads of a program that reads and updates counters all over a buffer. */
export class LiveLoad {
  readonly #workers: readonly Worker[];
  readonly #results: Promise<LoadResult[]>;
  readonly #flags: Int32Array;
  /** Of each thread, its role and the buckets in which it counts. */
  readonly #waits: readonly (readonly [LoadRole, Float64Array])[];

  private constructor(
    workers: readonly Worker[],
    results: readonly Promise<LoadResult>[],
    flags: Int32Array,
    waits: readonly (readonly [LoadRole, Float64Array])[],
  ) {
    this.#workers = workers;
    this.#results = Promise.all(results);
    // Whoever stops the load hears of it; nobody need listen before.
    this.#results.catch(() => undefined);
    this.#flags = flags;
    this.#waits = waits;
  }

  /** Starts `threads` threads, by turns a writer and a reader; resolves when all wait for `go`. */
  static async start(
    counters: SharedArrayBuffer,
    threads: number,
    { restMs = 0, watched = false }: LoadSetting = {},
  ): Promise<LiveLoad> {
    const control = new SharedArrayBuffer(LOAD_WORDS * Int32Array.BYTES_PER_ELEMENT);
    const all: [LoadRole, Float64Array][] = [];
    const workers = Array.from({ length: threads }, (_, i) => {
      const role = i % 2 === 0 ? 'writer' : 'reader';
      const waits = watched
        ? new SharedArrayBuffer(WAIT_BUCKETS * Float64Array.BYTES_PER_ELEMENT)
        : undefined;
      if (waits !== undefined) all.push([role, new Float64Array(waits)]);
      const workerData: LoadOptions = { role, counters, control, seed: i + 1, restMs, waits };
      return new Worker(new URL('./load-worker.js', import.meta.url), { workerData, name: role });
    });
    try {
      await Promise.all(workers.map((worker) => once(worker, 'message')));
    } catch (error) {
      await Promise.all(workers.map((worker) => worker.terminate()));
      throw error;
    }
    return new LiveLoad(workers, workers.map(resultOf), new Int32Array(control), all);
  }

  go(): void {
    Atomics.store(this.#flags, LOAD_GO, 1);
    Atomics.notify(this.#flags, LOAD_GO);
  }

  /** Has every thread rest after the accesses that it is at, until `go`. */
  hold(): void {
    Atomics.store(this.#flags, LOAD_GO, 0);
  }

  /** Accesses by bucket since the start, of all threads of a role; nothing where it is not watched. */
  waits(role: LoadRole): Float64Array {
    const sum = new Float64Array(WAIT_BUCKETS);
    for (const [own, buckets] of this.#waits) {
      if (own === role) for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + buckets[i]!;
    }
    return sum;
  }

  /** Has every thread finish the access it is in, and say what it did. */
  stop(): Promise<readonly LoadResult[]> {
    Atomics.store(this.#flags, LOAD_STOP, 1);
    this.go();
    return this.#results;
  }

  /** Ends the threads, whatever they do. */
  async terminate(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function resultOf(worker: Worker): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('a thread of the demo ended too early')));
  });
}
