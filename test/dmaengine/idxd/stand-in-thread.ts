import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { seededRandom } from '../../../src/common/random.js';
import type { Portal } from '../../../src/dmaengine/idxd/portal.js';
import { libc } from '../../../src/linux/sys/libc.js';
import { DsaStandIn, type StandInConfig } from './dsa-stand-in.js';

/** Words of the mailbox before its slots: descriptors posted, descriptors finished, whether to stop. */
const POSTED = 0;
const FINISHED = 1;
const STOP = 2;
const HEADER_BYTES = 64;

interface WorkerInput {
  readonly mailbox: SharedArrayBuffer;
  readonly config: StandInConfig;
}

/**
 * A stand-in on a thread of its own: records appear in memory while the channel looks at them, as a device's do.
 * The mailbox has as many slots as the queue has entries.
 */
export class StandInThread implements Portal {
  readonly #entries: number;
  readonly #words: Int32Array;
  readonly #slotsAt: number;
  readonly #worker: Worker;

  constructor(config: StandInConfig) {
    const mailbox = new SharedArrayBuffer(HEADER_BYTES + config.entries * 64);
    this.#entries = config.entries;
    this.#words = new Int32Array(mailbox);
    this.#slotsAt = libc().addressOf(this.#words) + HEADER_BYTES;
    const workerData: WorkerInput = { mailbox, config };
    this.#worker = new Worker(new URL(import.meta.url), { workerData });
    this.#worker.unref();
  }

  submit(descriptor: number): number {
    const posted = Atomics.load(this.#words, POSTED);
    if (posted - Atomics.load(this.#words, FINISHED) >= this.#entries) return -11;
    libc().memcpy(this.#slotsAt + (posted % this.#entries) * 64, descriptor, 64);
    Atomics.store(this.#words, POSTED, posted + 1);
    Atomics.notify(this.#words, POSTED);
    return 0;
  }

  close(): void {
    Atomics.store(this.#words, STOP, 1);
    // So that a sleeper sees a value that it does not expect.
    Atomics.add(this.#words, POSTED, 1);
    Atomics.notify(this.#words, POSTED);
  }

  /** Resolves when the thread is gone. */
  async gone(): Promise<void> {
    await this.#worker.terminate();
  }
}

function serve({ mailbox, config }: WorkerInput): void {
  const words = new Int32Array(mailbox);
  const slotsAt = libc().addressOf(words) + HEADER_BYTES;
  const random = seededRandom(11);
  const standIn = new DsaStandIn(config, random);
  let taken = 0;
  while (Atomics.load(words, STOP) === 0) {
    for (const posted = Atomics.load(words, POSTED); taken < posted && words[STOP] === 0; taken++) {
      standIn.submit(slotsAt + (taken % config.entries) * 64);
    }
    // Some of what there is, so that later descriptors overtake earlier ones.
    for (let steps = 1 + random(config.entries); steps > 0 && standIn.pending > 0; steps--) {
      standIn.step();
      Atomics.add(words, FINISHED, 1);
    }
    if (standIn.pending === 0) Atomics.wait(words, POSTED, taken);
  }
}

if (!isMainThread) serve(workerData as WorkerInput);
