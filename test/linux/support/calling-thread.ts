import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { CallingWords, CallMessage, CallName, CallReply } from './calling-worker.js';

/** A thread of the program that changes memory by system calls, and may sleep in them. */
export class CallingThread {
  readonly #worker: Worker;
  readonly #tid: number;
  readonly words: CallingWords;
  #ids = 0;
  /** Calls that have not returned. */
  pending = 0;

  private constructor(worker: Worker, tid: number, words: CallingWords) {
    this.words = words;
    this.#worker = worker;
    this.#tid = tid;
  }

  static async start(): Promise<CallingThread> {
    const words: CallingWords = {
      done: new Int32Array(new SharedArrayBuffer(4)),
      first: new Float64Array(new SharedArrayBuffer(8)),
    };
    const worker = new Worker(new URL('./calling-worker.js', import.meta.url), { workerData: words });
    const [tid] = (await once(worker, 'message')) as [number];
    return new CallingThread(worker, tid, words);
  }

  /** Resolves to what the calls have returned: 0, an address, or a negative errno. */
  async calls(name: CallName, calls: readonly (readonly number[])[]): Promise<readonly number[]> {
    this.pending++;
    const id = ++this.#ids;
    this.#worker.postMessage({ id, name, calls } satisfies CallMessage);
    for (;;) {
      // Those of `callNow` are told as well.
      const [reply] = (await once(this.#worker, 'message')) as [CallReply];
      if (reply.id !== id) continue;
      this.pending--;
      return reply.results;
    }
  }

  async call(name: CallName, ...args: number[]): Promise<number> {
    return (await this.calls(name, [args]))[0]!;
  }

  /** Without the event loop of the caller, which waits for it. */
  callNow(name: CallName, ...args: number[]): number {
    return this.begin(name, ...args).result();
  }

  /** Begins a call, and waits for it later, without the event loop of the caller. */
  begin(
    name: CallName,
    ...args: number[]
  ): { readonly returned: (withinMs: number) => boolean; readonly result: () => number } {
    const { done, first } = this.words;
    Atomics.store(done, 0, 0);
    this.#worker.postMessage({ id: 0, name, calls: [args] } satisfies CallMessage);
    const returned = (withinMs: number) => Atomics.wait(done, 0, 0, withinMs) !== 'timed-out';
    const result = () => {
      if (!returned(60_000)) throw new Error(`${name} does not return`);
      return first[0]!;
    };
    return { returned, result };
  }

  /** What the kernel says that it sleeps in; `0` while it runs, and where nothing is told. */
  get sleepsIn(): string {
    return readFileSync(`/proc/self/task/${this.#tid}/wchan`, 'utf8');
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
