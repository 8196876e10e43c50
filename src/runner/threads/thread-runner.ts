import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import type { Piscina } from 'piscina';
import type { Runner } from '../runner.js';
import type { ResultOf, Task } from '../task.js';

/** Maximum threads of a pool. */
export const MAX_WORKERS = 1024;

/** Threads of a pool by default: a thread for each processor that this process may use. */
export function defaultWorkers(): number {
  return Math.min(MAX_WORKERS, availableParallelism());
}

/** Short, so that the end of a sweep does not wait long for its last tasks. */
const TASK_MS = 50;
/** Tasks in progress for each thread: the next ones are ready when a thread is done, also behind a long one. */
const TASKS_PER_THREAD = 4;

/** A pool of threads of this machine. */
export class ThreadRunner implements Runner {
  readonly width: number;
  readonly taskMs = TASK_MS;
  readonly #pool: Piscina;

  private constructor(pool: Piscina, workers: number) {
    this.#pool = pool;
    this.width = workers * TASKS_PER_THREAD;
  }

  /** Starts the threads. The pool's library is loaded now. */
  static async start(workers: number): Promise<ThreadRunner> {
    const { Piscina } = await import('piscina');
    // As in `explore` without workers: objects that outlive a scavenge once are not allocated in V8's old space, where they
    // would keep the rest of an ended schedule alive.
    setFlagsFromString('--no-allocation-site-pretenuring');
    const pool = new Piscina({
      filename: new URL('./runner-thread.js', import.meta.url).href,
      name: 'run',
      minThreads: workers,
      maxThreads: workers,
    });
    return new ThreadRunner(pool, workers);
  }

  async run<T extends Task>(task: T, signal?: AbortSignal): Promise<ResultOf<T>> {
    const result: unknown = await this.#pool.run(task, { signal: signal ?? null });
    return result as ResultOf<T>;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
