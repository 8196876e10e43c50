import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ERRNO } from '../../src/common/errno.js';
import { MigrationError } from '../../src/common/migration-error.js';
import { PageUndo } from '../../src/linux/memory/page-undo.js';
import { advise, MADV_DONTNEED } from '../../src/linux/sys/mman.js';
import { Pagemap } from '../../src/linux/sys/pagemap.js';
import { Userfaultfd } from '../../src/linux/userfaultfd/userfaultfd.js';
import { HUGE, memory, PAGE, peek, poke } from './support/memory.js';
import { MovingThread } from './support/moving-thread.js';
import type { TouchingTask } from './support/touching-worker.js';

const PAGES = 16;
/** Has arrived already: it is in the program and in its frame. */
const ARRIVED = 3;
/** Is in neither. */
const NOWHERE = 5;

function mark(i: number, salt: number): Uint8Array {
  return new Uint8Array(PAGE).fill(salt + i);
}

/** Pages of a program that are out, in frames, and a userfaultfd that answers EAGAIN: a remap is in progress. */
async function scene() {
  const pagemap = new Pagemap();
  const uffd = Userfaultfd.openWithReader(pagemap, { address: 0, bytes: 0 });
  // Nobody reads its events: that is what keeps a remap in progress.
  assert.equal(uffd.reader?.endUnnoticed(), true);
  const program = memory(HUGE, false);
  const frames = memory(HUGE, false);
  for (let i = 0; i < PAGES; i++) poke(frames.address + i * PAGE, mark(i, 100));
  poke(program.address + ARRIVED * PAGE, mark(ARRIVED, 200));
  advise(frames.address + NOWHERE * PAGE, PAGE, MADV_DONTNEED);
  for (const { address } of [program, frames]) assert.equal(uffd.register(address, HUGE), 0);
  const other = [memory(HUGE, true), memory(HUGE, false)] as const;
  assert.equal(uffd.register(other[0].address, HUGE), 0);
  const mover = await MovingThread.start({
    from: other[0].address,
    to: other[1].address,
    bytes: HUGE,
    moves: 1,
  });
  mover.go();
  const empty = memory(HUGE, false);
  while (uffd.isRegistered(program.address + NOWHERE * PAGE, empty.address)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const close = async (): Promise<void> => {
    uffd.discardMessages();
    await mover.ended();
    uffd.close();
    pagemap.close();
    for (const { unmap } of [program, frames, ...other, empty]) unmap();
  };
  return { uffd, pagemap, program: program.address, frames: frames.address, close };
}

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

test('memory that is not registered any more is left alone', async () => {
  const { uffd, pagemap, program, frames, close } = await scene();
  // As if the program had unmapped it, and somebody else had got the address.
  assert.equal(uffd.unregister(program, HUGE), 0);
  const pageUndo = new PageUndo(uffd, pagemap);
  // The event has been read meanwhile, so that the kernel says that nothing is registered there.
  assert.equal(pageUndo.salvage(program, frames, PAGES), 0);
  const bits = new Uint8Array(PAGES);
  pagemap.read(program, PAGES, bits);
  assert.deepEqual(
    [...bits].flatMap((bit, i) => (bit !== 0 ? [i] : [])),
    [ARRIVED],
  );
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
