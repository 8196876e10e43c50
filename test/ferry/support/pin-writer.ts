import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { assertContent } from './content.js';
import { until } from './fixture.js';
import {
  PATTERNS,
  PIN_EXPECTED,
  PIN_OPEN,
  PIN_OPENED,
  PIN_STOP,
  PIN_WRITE,
  PIN_WRITES,
  type PinWriterTask,
  patternWord,
  SLOT_BYTES,
} from './pin-writer-task.js';

/** A thread that has pages written by pins while they are migrated, and what each page must hold then. */
export class PinWriter {
  readonly #task: PinWriterTask;
  readonly #control: Int32Array;
  readonly #folder: string;
  readonly #worker: Worker;
  readonly #result: Promise<number>;
  #failed = false;

  /** `slots`: offsets of SLOT_BYTES each, page by page in memory that `fill` has filled, in ascending order. */
  constructor(options: Pick<PinWriterTask, 'way' | 'reopenAfter' | 'memory' | 'slots'>) {
    // Not in /tmp, which may be a tmpfs, without direct I/O.
    this.#folder = mkdtempSync(join(process.cwd(), '.cache-pf-'));
    const file = join(this.#folder, 'contents');
    const contents = new Int32Array((PATTERNS * SLOT_BYTES) / 4);
    for (let i = 0; i < contents.length; i++) {
      contents[i] = patternWord(Math.floor(i / (SLOT_BYTES / 4)), i % (SLOT_BYTES / 4));
    }
    writeFileSync(file, contents);
    const control = new SharedArrayBuffer((PIN_EXPECTED + options.slots.length) * 4);
    this.#control = new Int32Array(control).fill(-1, PIN_EXPECTED);
    this.#task = { ...options, file, control };
    this.#worker = new Worker(new URL('./pin-writer-worker.js', import.meta.url), { workerData: this.#task });
    this.#result = new Promise((resolve, reject) => {
      this.#worker.once('message', resolve);
      this.#worker.once('error', reject);
      this.#worker.once('exit', () => reject(new Error('the writer has ended early')));
    });
    this.#result.catch(() => {
      this.#failed = true;
    });
  }

  /** Has it open what it writes by. */
  async open(): Promise<void> {
    this.#tell(PIN_OPEN);
    await until(() => this.#failed || Atomics.load(this.#control, PIN_OPENED) === 1);
  }

  /** Has it begin to write. */
  write(): void {
    this.#tell(PIN_WRITE);
  }

  /** Resolves when it has written `count` times more. */
  async hasWritten(count: number): Promise<void> {
    const before = Atomics.load(this.#control, PIN_WRITES);
    await until(() => this.#failed || Atomics.load(this.#control, PIN_WRITES) >= before + count);
  }

  /** Ends it, and asserts that all that was written is there, and all else is what it was. */
  async stop(): Promise<void> {
    for (const word of [PIN_STOP, PIN_OPEN, PIN_WRITE]) this.#tell(word);
    try {
      const writes = await this.#result;
      assert.ok(writes > 0);
    } finally {
      await this.#worker.terminate();
      rmSync(this.#folder, { recursive: true });
    }
    const { memory, slots } = this.#task;
    const words = new Int32Array(memory);
    let end = 0;
    for (const [slot, offset] of slots.entries()) {
      assertContent(memory, 0, end, offset);
      end = offset + SLOT_BYTES;
      const pattern = this.#control[PIN_EXPECTED + slot]!;
      if (pattern < 0) assertContent(memory, 0, offset, end);
      else {
        for (let i = 0; i < SLOT_BYTES / 4; i++) {
          if (words[offset / 4 + i] !== patternWord(pattern, i))
            assert.fail(`slot ${slot} has lost a write at ${i}`);
        }
      }
    }
    assertContent(memory, 0, end);
  }

  #tell(word: number): void {
    Atomics.store(this.#control, word, 1);
    Atomics.notify(this.#control, word);
  }
}
