import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Pagemap } from '../../src/linux/sys/pagemap.js';
import { Userfaultfd } from '../../src/linux/userfaultfd/userfaultfd.js';
import { until } from '../ferry/support/fixture.js';
import { HUGE, memory, PAGE, poke } from './support/memory.js';
import type { TouchingTask } from './support/touching-worker.js';

/** Whether a thread of this process sleeps in a page fault. */
function someoneWaits(): boolean {
  return readdirSync('/proc/self/task').some((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/wchan`, 'utf8') === 'handle_userfault';
    } catch {
      return false;
    }
  });
}

// What the kernel's bug amounts to, every time: the page has moved, nobody was woken, and the next call denies it.
test('who waits for a page that moved without a wake-up is woken when the move is found', {
  timeout: 180_000,
}, async (t) => {
  const pagemap = new Pagemap();
  const uffd = Userfaultfd.open(pagemap);
  const src = memory(PAGE, true);
  const dst = memory(PAGE, false);
  poke(src.address, Uint8Array.of(42));
  assert.equal(uffd.register(dst.address, HUGE), 0);
  const state = new Int32Array(new SharedArrayBuffer(4));
  const found = new Uint8Array(new SharedArrayBuffer(1));
  const workerData: TouchingTask = { address: dst.address, state, found };
  const worker = new Worker(new URL('./support/touching-worker.js', import.meta.url), { workerData });
  const exit = once(worker, 'exit');
  await until(() => Atomics.load(state, 0) === 1);
  // Where wchan tells nothing (no CONFIG_KALLSYMS, or hidden), it is not known that the thread has fallen asleep.
  const since = performance.now();
  let asleep = false;
  await until(() => {
    asleep = someoneWaits();
    return asleep || performance.now() - since > 3000;
  });
  assert.equal(uffd.move(dst.address, src.address, PAGE, true), PAGE);
  assert.equal(uffd.hiddenMoves, 0);
  if (asleep) assert.ok(someoneWaits(), 'a quiet move wakes nobody');
  assert.equal(uffd.move(dst.address, src.address, PAGE, false), PAGE);
  assert.equal(uffd.hiddenMoves, 1);
  await exit;
  assert.equal(Atomics.load(state, 0), 2);
  assert.equal(found[0], 42);
  uffd.unregister(dst.address, HUGE);
  uffd.close();
  pagemap.close();
  src.unmap();
  dst.unmap();
  if (!asleep) t.skip('wchan does not tell here who sleeps in a page fault');
});
