import { parentPort, workerData } from 'node:worker_threads';
import { libc } from '../../../src/linux/sys/libc.js';
import { SYS_GETTID } from './moving-thread.js';

/** madvise(2), munmap(2), mremap(2) and mmap(2), by number: the thread may sleep in them. */
const NUMBERS =
  process.arch === 'arm64'
    ? { madvise: 233, munmap: 215, mremap: 216, mmap: 222 }
    : { madvise: 28, munmap: 11, mremap: 25, mmap: 9 };

export type CallName = keyof typeof NUMBERS;

export interface CallMessage {
  readonly id: number;
  readonly name: CallName;
  /** Calls, one after the other. */
  readonly calls: readonly (readonly number[])[];
}

export interface CallReply {
  readonly id: number;
  readonly results: readonly number[];
}

/** What the last message has come to, for a thread that waits without its event loop. */
export interface CallingWords {
  readonly done: Int32Array;
  readonly first: Float64Array;
}

const c = libc();
parentPort!.postMessage(c.syscall(SYS_GETTID, 0, 0, 0, 0, 0, 0));
parentPort!.on('message', ({ id, name, calls }: CallMessage) => {
  const results = calls.map(([a = 0, b = 0, d = 0, e = 0, f = 0, g = 0]) => {
    const result = c.syscall(NUMBERS[name], a, b, d, e, f, g);
    return result === -1 ? -c.errno() : result;
  });
  const { done, first } = workerData as CallingWords;
  first[0] = results[0]!;
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
  parentPort!.postMessage({ id, results } satisfies CallReply);
});
