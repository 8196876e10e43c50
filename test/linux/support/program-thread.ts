import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { ThreadUnderTest } from '../../machine/conformance-bench.js';
import { PAGE } from './memory.js';

/** Words that a thread and its owner share. */
export const STATE = 0;
export const TID = 1;
/** 0: it reads, 1: it writes. */
export const WRITES = 2;
export const WORDS = 4;

/** Of STATE. */
export const IDLE = 0;
export const ASKED = 1;
export const DONE = 2;

export interface ProgramThreadTask {
  readonly control: Int32Array;
  /** Where. */
  readonly address: Float64Array;
  /** What it writes, or has read. */
  readonly content: Uint8Array;
}

/** Milliseconds after which a thread that was to be woken is taken for one that sleeps forever. */
const FOR_EVER = 60_000;

/** A thread of this process that makes one access at a time to memory by its address. */
export class ProgramThread implements ThreadUnderTest {
  readonly #worker: Worker;
  readonly #task: ProgramThreadTask;

  private constructor(worker: Worker, task: ProgramThreadTask) {
    this.#worker = worker;
    this.#task = task;
  }

  static async start(): Promise<ProgramThread> {
    const task: ProgramThreadTask = {
      control: new Int32Array(new SharedArrayBuffer(WORDS * 4)),
      address: new Float64Array(new SharedArrayBuffer(8)),
      content: new Uint8Array(new SharedArrayBuffer(PAGE)),
    };
    const worker = new Worker(new URL('./program-thread-worker.js', import.meta.url), { workerData: task });
    await once(worker, 'message');
    return new ProgramThread(worker, task);
  }

  /** Whether the kernel tells what a thread sleeps in; this one sleeps between its accesses. */
  async isSeen(): Promise<boolean> {
    for (let tries = 0; tries < 1000; tries++) {
      if (this.sleepsIn !== '0') return true;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return false;
  }

  /** `handle_userfault` in the fault; `0` while it runs, and where nothing is told. */
  get sleepsIn(): string {
    return readFileSync(`/proc/self/task/${this.#task.control[TID]}/wchan`, 'utf8');
  }

  get tid(): number {
    return this.#task.control[TID]!;
  }

  get isDone(): boolean {
    return Atomics.load(this.#task.control, STATE) === DONE;
  }

  /** Has it read a page, or write `bytes` to it. */
  begin(page: number, bytes?: Uint8Array): void {
    const { control, address, content } = this.#task;
    assert.notEqual(Atomics.load(control, STATE), ASKED, 'it has another access to make');
    address[0] = page * PAGE;
    if (bytes !== undefined) content.set(bytes);
    control[WRITES] = bytes === undefined ? 0 : 1;
    Atomics.store(control, STATE, ASKED);
    Atomics.notify(control, STATE);
  }

  async access(page: number, bytes?: Uint8Array): Promise<boolean> {
    const { control } = this.#task;
    this.begin(page, bytes);
    for (;;) {
      Atomics.wait(control, STATE, ASKED, 1);
      // A wake-up says nothing: it may be the one of the last access, which comes after its DONE was seen.
      if (Atomics.load(control, STATE) === DONE) return true;
      if (this.sleepsIn === 'handle_userfault') return Atomics.load(control, STATE) === DONE;
    }
  }

  async done(): Promise<Uint8Array | undefined> {
    const { control, content } = this.#task;
    while (Atomics.load(control, STATE) !== DONE) {
      assert.notEqual(Atomics.wait(control, STATE, ASKED, FOR_EVER), 'timed-out', 'nobody has woken it');
    }
    return control[WRITES] === 0 ? content.slice() : undefined;
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}
