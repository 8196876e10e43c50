import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { HogOptions } from './hog-thread.js';

/** A thread that counts on one CPU. */
export class Hog {
  readonly #worker: Worker;
  readonly #stop: Int32Array;

  private constructor(worker: Worker, stop: Int32Array) {
    this.#worker = worker;
    this.#stop = stop;
  }

  static async start(cpu: number): Promise<Hog> {
    const stop = new SharedArrayBuffer(4);
    const options: HogOptions = { cpu, stop };
    const worker = new Worker(new URL('./hog-thread.js', import.meta.url), {
      workerData: options,
      execArgv: [],
    });
    await once(worker, 'message');
    return new Hog(worker, new Int32Array(stop));
  }

  /** Ends the thread, and returns its count. */
  async stop(): Promise<number> {
    Atomics.store(this.#stop, 0, 1);
    const [count] = (await once(this.#worker, 'message')) as [number];
    await this.#worker.terminate();
    return count;
  }
}
