import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Ferry } from '../../ferry/ferry.js';
import { openFerry } from '../../ferry/open-ferry.js';
import { serveParameters } from '../../ferry/serve-parameters.js';
import type { HeatDemoData } from './heat-demo-worker.js';

const BYTES = 64 * 2 ** 20;

/**
 * A program to watch: a thread uses a tenth of its memory often, and the rest seldom. Every 5 s another tenth is the hot one.
 * It serves its ferry at a socket, as any other program does.
 */
export class HeatDemo {
  readonly socket: string;
  readonly #folder: string;
  readonly #ferry: Ferry;
  readonly #worker: Worker;

  private constructor(folder: string, ferry: Ferry, worker: Worker) {
    this.#folder = folder;
    this.socket = socketIn(folder);
    this.#ferry = ferry;
    this.#worker = worker;
  }

  /** @throws MigrationError as openFerry does */
  static async start(): Promise<HeatDemo> {
    const ferry = await openFerry();
    const folder = mkdtempSync(join(tmpdir(), 'pageferry-heat-'));
    let worker: Worker | undefined;
    try {
      const memory = new SharedArrayBuffer(BYTES);
      const workerData: HeatDemoData = { memory };
      worker = new Worker(new URL('./heat-demo-worker.js', import.meta.url), {
        workerData,
        name: 'heat demo',
      });
      await once(worker, 'message');
      ferry.adopt(memory, { name: 'demo' });
      await serveParameters(ferry, socketIn(folder));
      return new HeatDemo(folder, ferry, worker);
    } catch (error) {
      await endAll(folder, ferry, worker);
      throw error;
    }
  }

  end(): Promise<void> {
    return endAll(this.#folder, this.#ferry, this.#worker);
  }
}

function socketIn(folder: string): string {
  return join(folder, 's');
}

async function endAll(folder: string, ferry: Ferry, worker: Worker | undefined): Promise<void> {
  // Pages first: a thread that waits for a page cannot be ended.
  await ferry.close();
  await worker?.terminate();
  rmSync(folder, { recursive: true, force: true });
}
