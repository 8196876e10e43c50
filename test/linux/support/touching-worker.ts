import { workerData } from 'node:worker_threads';
import { libc } from '../../../src/linux/sys/libc.js';

export interface TouchingTask {
  readonly address: number;
  /** 1 before the touch; 2 after it. */
  readonly state: Int32Array;
  /** Receives the byte that was there. */
  readonly found: Uint8Array;
}

/** Reads one byte of memory, which may mean to sleep until there is a page. */
const { address, state, found } = workerData as TouchingTask;
const c = libc();
const here = c.addressOf(found);
Atomics.store(state, 0, 1);
c.memcpy(here, address, 1);
Atomics.store(state, 0, 2);
