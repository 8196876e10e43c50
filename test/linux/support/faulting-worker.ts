import { workerData } from 'node:worker_threads';
import { libc } from '../../../src/linux/sys/libc.js';
import { advise, MADV_DONTNEED } from '../../../src/linux/sys/mman.js';
import { PAGE } from './memory.js';

export interface FaultingTask {
  readonly address: number;
  readonly pages: number;
  readonly touches: Int32Array;
}

/** Touches pages of a range over and over, having emptied it before: every touch is a page fault. */
const { address, pages, touches } = workerData as FaultingTask;
const c = libc();
const here = c.addressOf(new Uint8Array(touches.buffer, 8, 4));
for (;;) {
  advise(address, pages * PAGE, MADV_DONTNEED);
  for (let i = 0; i < pages; i++) {
    c.memcpy(address + i * PAGE, here, 4);
    Atomics.add(touches, 0, 1);
  }
}
