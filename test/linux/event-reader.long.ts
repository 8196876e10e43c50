import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ERRNO } from '../../src/common/errno.js';
import { MADV_DONTNEED } from '../../src/linux/sys/mman.js';
import { EventReader } from '../../src/linux/userfaultfd/event-reader.js';
import { runScript } from '../ferry/support/child.js';
import { until } from '../ferry/support/fixture.js';
import { CallingThread } from './support/calling-thread.js';
import { LIMIT, MARKS, marksAt, RANGE, scene, start, touch } from './support/event-reader-scenes.js';
import { HUGE, memory, PAGE, poke } from './support/memory.js';
import { MovingThread } from './support/moving-thread.js';

test('more threads wait than the ring has room for: all go on', LIMIT, async () => {
  const { uffd, to, close } = scene();
  assert.equal(uffd.register(to, RANGE), 0);
  const reader = start(uffd, 2);
  const threads = Array.from({ length: 5 }, (_, i) => touch(to + i * HUGE));
  await until(() => threads.every(({ task }) => Atomics.load(task.state, 0) === 1) && reader.overflows > 10);
  let taken = 0;
  reader.takeFaults((address) => {
    taken++;
    uffd.wake(address, PAGE);
  });
  assert.ok(taken > 0);
  await until(() => {
    uffd.resolveHoles(() => false, reader);
    return threads.every(({ task }) => Atomics.load(task.state, 0) === 2);
  });
  for (const { task, exit } of threads) {
    await exit;
    assert.equal(task.found[0], 0);
  }
  reader.end();
  close();
});

test('the thread that started it is ended: it goes on', LIMIT, async () => {
  const { uffd, from, to, close } = scene();
  const worker = new Worker(new URL('./support/reader-worker.js', import.meta.url), {
    workerData: uffd.descriptor,
  });
  const [block] = (await once(worker, 'message')) as [number | undefined];
  assert.ok(block !== undefined);
  const reader = EventReader.adopt(block);
  assert.equal(reader.alive, true);
  await worker.terminate();
  const mover = await MovingThread.start({ from, to, bytes: RANGE, moves: 20 });
  mover.go();
  await mover.ended();
  assert.deepEqual(
    [...mover.task.results],
    Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? to : from)),
  );
  await until(() => reader.events === 39);
  assert.equal(reader.alive, true);
  assert.equal(reader.end(), true);
  // It has ended for its block; the C library and the kernel may need a moment more.
  await until(() => !existsSync(`/proc/self/task/${reader.tid}`));
  close();
});

test('all other threads, the main thread too, sleep in page faults: it goes on', LIMIT, async () => {
  const { code, signal, output } = await runScript('all-asleep');
  assert.equal(signal, null, output);
  assert.equal(code, 0, output);
  assert.match(output, /moved 50 times while 4 threads slept\nthe main thread is awake\n$/);
});

test('ended with an mremap under way: its thread sleeps until somebody reads the event', LIMIT, async () => {
  const { uffd, from, to, close } = scene();
  const reader = start(uffd);
  assert.equal(reader.endUnnoticed(), true);
  assert.equal(reader.alive, false);
  const mover = await MovingThread.start({ from, to, bytes: RANGE, moves: 1 });
  mover.go();
  // Until the event is read, no page can be moved; afterwards there is none to move.
  const empty = memory(HUGE, false);
  assert.equal(uffd.register(empty.address, HUGE), 0);
  const answer = () => {
    assert.equal(uffd.move(empty.address, empty.address + PAGE, PAGE, true), 0);
    return uffd.errno;
  };
  await until(() => answer() === ERRNO.EAGAIN);
  // The tables move while the kernel says so already, and then it sleeps.
  if (mover.sleepsIn !== '0') await until(() => mover.sleepsIn.includes('userfaultfd'));
  assert.equal(mover.done, 0);
  assert.equal(answer(), ERRNO.EAGAIN);
  await until(() => {
    uffd.discardMessages();
    return mover.done === 1;
  });
  await mover.ended();
  assert.equal(mover.task.results[0], to);
  assert.equal(answer(), ERRNO.ENOENT);
  assert.deepEqual(marksAt(to), MARKS);
  // Nobody has taken it for alive: what waits in a fault is read from the descriptor.
  const thread = touch(from);
  await until(() => {
    uffd.resolveHoles(() => false, reader);
    return Atomics.load(thread.task.state, 0) === 2;
  });
  await thread.exit;
  assert.equal(reader.end(), true);
  assert.equal(reader.end(), true, 'again');
  assert.deepEqual([reader.alive, reader.events], [false, 0]);
  reader.takeFaults(() => assert.fail());
  uffd.unregister(empty.address, HUGE);
  empty.unmap();
  close();
});

test(
  'while it is held, whoever causes an event waits: until the page is there, or for a second',
  LIMIT,
  async () => {
    const { uffd, pagemap, from, to, close } = scene();
    const reader = start(uffd);
    const thread = await CallingThread.start();
    const hold = (address: number) => {
      reader.lock();
      reader.hold(pagemap, address);
      reader.unlock();
    };
    const page = to + 5 * PAGE;
    hold(page);
    // The page before it says nothing.
    poke(page - PAGE, Uint8Array.of(1));
    const giveBack = thread.begin('madvise', from, PAGE, MADV_DONTNEED);
    assert.equal(giveBack.returned(100), false);
    assert.equal(reader.events, 0);
    poke(page, Uint8Array.of(1));
    assert.equal(giveBack.result(), 0);
    await until(() => reader.events === 1);
    assert.equal(reader.release(), false);
    // A page that never comes.
    hold(page + PAGE);
    assert.equal(thread.begin('madvise', from, PAGE, MADV_DONTNEED).result(), 0);
    assert.equal(reader.release(), true);
    assert.equal(reader.release(), false, 'again');
    // Nobody holds it any more.
    hold(page + PAGE);
    assert.equal(reader.release(), false);
    assert.equal(thread.begin('madvise', from, PAGE, MADV_DONTNEED).result(), 0);
    hold(page + PAGE);
    assert.equal(reader.stop(), true);
    assert.equal(reader.release(), true, 'others may have read for it');
    await thread.end();
    reader.end();
    close();
  },
);
