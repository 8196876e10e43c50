import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Nine in ten accesses are to a tenth of the memory, which moves every 10 s. */
const SOURCE = `
  const { memory, control } = require('node:worker_threads').workerData;
  const words = new Int32Array(memory);
  const pages = memory.byteLength / 4096;
  const hot = Math.floor(pages / 10);
  const start = performance.now();
  for (let round = 0; Atomics.load(control, 0) === 0; round++) {
    const place = (Math.floor((performance.now() - start) / 10000) * 3) % 10;
    for (let i = 0; i < 200; i++) {
      const page = i % 10 === 0 ? Math.random() * pages : place * hot + Math.random() * hot;
      words[Math.floor(page) * 1024]++;
    }
    Atomics.wait(control, 0, 0, 1);
  }`;

/** A thread that uses a part of its memory much more than the rest. */
export class MovingProgram {
  readonly #control = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;

  constructor(memory: SharedArrayBuffer) {
    this.#worker = new Worker(SOURCE, { eval: true, workerData: { memory, control: this.#control } });
  }

  async end(): Promise<void> {
    const exit = once(this.#worker, 'exit');
    Atomics.store(this.#control, 0, 1);
    Atomics.notify(this.#control, 0);
    await exit;
  }
}
