import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

export const SYS_GETTID: number = process.arch === 'arm64' ? 178 : 186;

export interface MovingTask {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  readonly moves: number;
  /** 0: 1 when it is to begin; 1: its thread id; 2: moves done. */
  readonly words: Int32Array;
  /** What each call has returned. */
  readonly results: Float64Array;
}

/** A thread that moves page tables: it may sleep in mremap(2) for as long as the test likes. */
export class MovingThread {
  readonly task: MovingTask;
  readonly #exit: Promise<unknown>;

  private constructor(worker: Worker, task: MovingTask) {
    this.#exit = once(worker, 'exit');
    this.task = task;
  }

  static async start(range: Pick<MovingTask, 'from' | 'to' | 'bytes' | 'moves'>): Promise<MovingThread> {
    const task: MovingTask = {
      ...range,
      words: new Int32Array(new SharedArrayBuffer(12)),
      results: new Float64Array(new SharedArrayBuffer(range.moves * 8)),
    };
    const worker = new Worker(new URL('./moving-worker.js', import.meta.url), { workerData: task });
    await once(worker, 'message');
    return new MovingThread(worker, task);
  }

  go(): void {
    Atomics.store(this.task.words, 0, 1);
    Atomics.notify(this.task.words, 0);
  }

  get done(): number {
    return Atomics.load(this.task.words, 2);
  }

  /** What the kernel says that it sleeps in; `0` while it runs, and where nothing is told. */
  get sleepsIn(): string {
    return readFileSync(`/proc/self/task/${this.task.words[1]}/wchan`, 'utf8');
  }

  /** Resolves when it has done all its moves. */
  async ended(): Promise<void> {
    await this.#exit;
  }
}
