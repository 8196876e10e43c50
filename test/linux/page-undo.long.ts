import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ERRNO } from '../../src/common/errno.js';
import { MigrationError } from '../../src/common/migration-error.js';
import { PageUndo } from '../../src/linux/memory/page-undo.js';
import { PAGE, peek } from './support/memory.js';
import { ARRIVED, mark, NOWHERE, PAGES, scene } from './support/page-undo-scenes.js';
import type { TouchingTask } from './support/touching-worker.js';

function assertBack(program: number): void {
  for (let i = 0; i < PAGES; i++) {
    if (i === NOWHERE) continue;
    assert.deepEqual(peek(program + i * PAGE, PAGE), mark(i, i === ARRIVED ? 200 : 100), `page ${i}`);
  }
}

test('with a userfaultfd that answers EAGAIN forever pages return by mremap, and who waits is woken', async () => {
  const { uffd, pagemap, program, frames, close } = await scene();
  const task: TouchingTask = {
    address: program + PAGE,
    state: new Int32Array(new SharedArrayBuffer(4)),
    found: new Uint8Array(new SharedArrayBuffer(1)),
  };
  const worker = new Worker(new URL('./support/touching-worker.js', import.meta.url), { workerData: task });
  while (Atomics.load(task.state, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
  const pageUndo = new PageUndo(uffd, pagemap);
  // One page is in the program, and must not be replaced by what its frame holds.
  assert.throws(
    () => pageUndo.undo(program, frames, PAGES),
    (error) => error instanceof MigrationError && error.code === 'EIO',
  );
  while (Atomics.load(task.state, 0) !== 2) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(task.found[0], 101);
  assertBack(program);
  await worker.terminate();
  await close();
});

test('once it moves pages again they return as before', async () => {
  const { uffd, pagemap, program, frames, close } = await scene();
  const pageUndo = new PageUndo(uffd, pagemap);
  assert.equal(pageUndo.moveUntilDone(program, frames, PAGE), 0);
  assert.equal(uffd.errno, ERRNO.EAGAIN);
  while (uffd.move(program, frames, PAGE, false) === 0) {
    assert.equal(uffd.errno, ERRNO.EAGAIN);
    uffd.discardMessages();
  }
  assert.equal(pageUndo.salvage(program + PAGE, frames + PAGE, PAGES - 1), 0);
  assertBack(program);
  await close();
});
