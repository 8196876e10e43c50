import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { libc } from '../../src/linux/sys/libc.js';
import { amount } from '../deep.js';
import type { FaultingTask } from './support/faulting-worker.js';
import { memory, PAGE, withUserfaultfd } from './support/memory.js';

const PAGES = 512;
/** Cycles, and how long they may take on a host that is busy: fewer are done then. */
const CYCLES = amount(12_000, 60_000);
const LIMIT_MS = amount(2_500, 12_000);

/** Waits without giving up the CPU: the moment is to vary, by less than a page fault takes. */
function spin(turns: number): void {
  for (let i = 0; i < turns; i++) performance.now();
}

test('whoever faults in the moment of unregistering does not sleep for ever', async () => {
  const range = memory(PAGES * PAGE, false);
  const touches = new Int32Array(new SharedArrayBuffer(16));
  const workerData: FaultingTask = { address: range.address, pages: PAGES, touches };
  const worker = new Worker(new URL('./support/faulting-worker.js', import.meta.url), { workerData });
  while (Atomics.load(touches, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
  withUserfaultfd((uffd) => {
    const until = performance.now() + LIMIT_MS;
    for (let i = 0; i < CYCLES && performance.now() < until; i++) {
      spin(i % 23);
      assert.equal(uffd.register(range.address, PAGES * PAGE), 0);
      spin((i >> 3) % 19);
      assert.equal(uffd.unregister(range.address, PAGES * PAGE), 0);
      // Before the next registration, whose end would wake it: it goes on now, or the watchdog ends this process.
      const before = Atomics.load(touches, 0);
      for (let looks = 1; Atomics.load(touches, 0) === before; looks++) {
        // It may wait for this very processor.
        if (looks % 1000 === 0) libc().sched_yield();
      }
    }
  });
  await worker.terminate();
  range.unmap();
});
