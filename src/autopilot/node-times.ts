import type { Worker } from 'node:worker_threads';
import { clearTimeout, setTimeout } from '../common/host-timers.js';
import type { Ferry } from '../ferry/ferry.js';
import type { Region } from '../ferry/region.js';
import { endThread } from '../linux/threads/engine-worker.js';
import { newWorker } from '../linux/threads/start-thread.js';
import { OPERATION } from './options.js';

/** Memory of each node that is chased. */
const BYTES = 2 ** 23;
/** Milliseconds between two measurements. Each takes a few milliseconds of CPU time. */
const EVERY_MS = 10_000;
/** A measurement that takes longer is given up. */
const PATIENCE_MS = 5000;
/** Weight of the newest measurement. */
const NEWEST = 0.5;

/**
 * Measures the access times of the nodes under the present load, by a pointer chase in a thread of its own. Between two
 * measurements the program drives the chased memory out of the caches, if it uses its memory much. If it does not, the times
 * are too short, so they never fall below those of the first measurement, which is made with cold caches.
 */
export class NodeTimes {
  readonly #regions: readonly Region<SharedArrayBuffer>[];
  readonly #worker: Worker;
  #first: readonly number[] | undefined;
  #times: readonly number[] | undefined;
  #ended = false;
  #measuredAt = Number.NEGATIVE_INFINITY;

  private constructor(regions: readonly Region<SharedArrayBuffer>[], worker: Worker) {
    this.#regions = regions;
    this.#worker = worker;
    worker.once('exit', () => {
      this.#ended = true;
    });
  }

  /** @throws MigrationError if its thread or its memory is not available */
  static start(ferry: Ferry): NodeTimes {
    const regions = ferry.nodeIds.map((node) => ferry.allocate(BYTES, { node, name: 'autopilot probe' }));
    const workerData = { buffers: regions.map(({ buffer }) => buffer) };
    const options = { workerData, name: 'pageferry-probe', execArgv: [] };
    const worker = newWorker(new URL('./probe-thread.js', import.meta.url), options, OPERATION);
    // Without a thread there are no times any more, and those of before stay.
    worker.on('error', () => undefined);
    worker.unref();
    return new NodeTimes(regions, worker);
  }

  /** Whether a region is one of those that are chased. */
  owns(region: Region): boolean {
    return (this.#regions as readonly Region[]).includes(region);
  }

  /** Nanoseconds of an access to each node of the ferry. Undefined if they could not be measured. @param now Milliseconds. */
  async measure(now: number): Promise<readonly number[] | undefined> {
    if (now - this.#measuredAt < EVERY_MS) return this.#times;
    this.#measuredAt = now;
    const times = await this.#ask();
    if (times === undefined) return this.#times;
    this.#first ??= times;
    const known = this.#times ?? times;
    this.#times = times.map((ns, node) =>
      Math.max(this.#first![node]!, known[node]! + NEWEST * (ns - known[node]!)),
    );
    return this.#times;
  }

  async close(): Promise<void> {
    await endThread(this.#worker);
    await Promise.all(this.#regions.map((region) => region.release()));
  }

  #ask(): Promise<readonly number[] | undefined> {
    if (this.#ended) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const done = (times?: readonly number[]): void => {
        clearTimeout(timer);
        this.#worker.off('message', answer).off('exit', ended);
        this.#worker.unref();
        resolve(times);
      };
      const answer = ({ times }: { readonly times: readonly number[] }): void => done(times);
      const ended = (): void => done();
      const timer = setTimeout(ended, PATIENCE_MS);
      timer.unref();
      this.#worker.on('message', answer).on('exit', ended);
      this.#worker.unref();
      this.#worker.postMessage('measure');
    });
  }
}
