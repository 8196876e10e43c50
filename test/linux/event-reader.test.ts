import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mock, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ERRNO } from '../../src/common/errno.js';
import { libc } from '../../src/linux/sys/libc.js';
import { MADV_DONTNEED } from '../../src/linux/sys/mman.js';
import { Pagemap } from '../../src/linux/sys/pagemap.js';
import { mappedRanges } from '../../src/linux/sys/proc-maps.js';
import { EventReader } from '../../src/linux/userfaultfd/event-reader.js';
import { Userfaultfd } from '../../src/linux/userfaultfd/userfaultfd.js';
import { runScript } from '../ferry/support/child.js';
import { until } from '../ferry/support/fixture.js';
import { CallingThread } from './support/calling-thread.js';
import { HUGE, memory, PAGE, peek, poke, remap } from './support/memory.js';
import { MovingThread } from './support/moving-thread.js';
import { ProgramThread } from './support/program-thread.js';
import type { TouchingTask } from './support/touching-worker.js';

const LIMIT = { timeout: 120_000 } as const;
const RANGE = 32 * 1024 * 1024;
/** Longer than any test may take. */
const FOR_EVER_NS = 600e9;
const c = libc();

function eventfds(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('eventfd');
    } catch {
      return false;
    }
  }).length;
}

/** A userfaultfd with events, and two ranges of 32 MiB: one has pages and is registered, the other is free. */
function scene() {
  const pagemap = new Pagemap();
  const uffd = Userfaultfd.open(pagemap, { events: true });
  const [from, to] = [memory(RANGE, true), memory(RANGE, false)];
  for (let at = 0; at < RANGE; at += HUGE) poke(from.address + at, Uint8Array.of(1 + at / HUGE));
  assert.equal(uffd.register(from.address, RANGE), 0);
  const close = () => {
    for (const { address } of [from, to]) uffd.unregister(address, RANGE);
    uffd.close();
    pagemap.close();
    from.unmap();
    to.unmap();
  };
  return { uffd, pagemap, from: from.address, to: to.address, close };
}

function start(uffd: Userfaultfd, capacity?: number): EventReader {
  const reader = EventReader.start(uffd.descriptor, capacity);
  assert.ok(reader !== undefined, 'this system permits it');
  assert.equal(reader.alive, true);
  return reader;
}

function marksAt(address: number): number[] {
  return Array.from({ length: RANGE / HUGE }, (_, i) => peek(address + i * HUGE, 1)[0]!);
}

const MARKS = Array.from({ length: RANGE / HUGE }, (_, i) => i + 1);

function touch(address: number): { readonly task: TouchingTask; readonly exit: Promise<unknown> } {
  const task: TouchingTask = {
    address,
    state: new Int32Array(new SharedArrayBuffer(4)),
    found: new Uint8Array(new SharedArrayBuffer(1)).fill(9),
  };
  const worker = new Worker(new URL('./support/touching-worker.js', import.meta.url), { workerData: task });
  return { task, exit: once(worker, 'exit') };
}

// First, as what was loaded once stays loaded.
test('where no memory may be made executable, or no thread can be had, there is none, and nothing is left', () => {
  const before = eventfds();
  const made: number[] = [];
  const { mmap } = c;
  mock.method(c, 'mmap', (...args: Parameters<typeof mmap>) => {
    const address = mmap(...args);
    made.push(address);
    return address;
  });
  try {
    const noCode = mock.method(c, 'mprotect', () => -1);
    assert.equal(EventReader.start(0), undefined);
    noCode.mock.restore();
    const noDescriptor = mock.method(c, 'eventfd', () => -1);
    assert.equal(EventReader.start(0), undefined);
    noDescriptor.mock.restore();
    mock.method(c, 'pthread_create', () => ERRNO.EAGAIN);
    assert.equal(EventReader.start(0), undefined);
  } finally {
    mock.restoreAll();
  }
  assert.equal(eventfds(), before);
  // The code, in vain; the code, which stays; two blocks. An address may have been used twice.
  assert.equal(made.length, 4);
  const still = [...new Set(made)].filter((address) => mappedRanges(address, address + 1).length > 0);
  assert.deepEqual(still, [made[1]]);
});

test('a registered range is moved 200 times: each mremap returns, and is counted', LIMIT, async () => {
  const { uffd, from, to, close } = scene();
  const reader = start(uffd);
  for (let i = 0; i < 100; i++) {
    reader.follow();
    assert.equal(remap(from, RANGE, to), to);
    if (i === 0) assert.deepEqual(marksAt(to), MARKS);
    reader.follow();
    assert.equal(remap(to, RANGE, from), from);
  }
  // The first move finds nothing at its target that is registered. Each other one is two events: what was at the target is
  // unmapped.
  await until(() => reader.events === 399);
  const told = { 20: 0, 22: 0 } as Record<number, number>;
  reader.takeEvents((event, first, second, third) => {
    told[event]!++;
    if (event === 0x14) assert.deepEqual([first + second, third], [from + to, RANGE]);
    else assert.equal(second - first, RANGE);
  });
  assert.deepEqual(told, { 20: 200, 22: 199 });
  assert.equal(reader.hasEvents, false);
  assert.deepEqual(marksAt(from), MARKS);
  assert.equal(reader.overflows, 0);
  assert.equal(reader.end(), true);
  close();
});

test('it runs on the CPU of whoever it follows, and no longer after it has ended', LIMIT, () => {
  const { uffd, close } = scene();
  const reader = start(uffd);
  const status = () => readFileSync(`/proc/self/task/${reader.tid}/status`, 'utf8');
  const allowed = () => /^Cpus_allowed_list:\s*(.*)$/m.exec(status())?.[1];
  const cpus = new Set<number>();
  const { sched_getcpu } = c;
  mock.method(c, 'sched_getcpu', () => {
    const cpu = sched_getcpu();
    cpus.add(cpu);
    return cpu;
  });
  try {
    reader.follow();
  } finally {
    mock.restoreAll();
  }
  assert.deepEqual([...cpus].map(String), [allowed()]);
  // A CPU that does not exist is refused, and nothing changes.
  const before = allowed();
  mock.method(c, 'sched_getcpu', () => 8191);
  try {
    reader.follow();
  } finally {
    mock.restoreAll();
  }
  assert.equal(allowed(), before);
  // Blocked: all but SIGKILL and SIGSTOP, and 32 and 33, which are the C library's.
  const blocked = BigInt(`0x${/^SigBlk:\s*(\w+)$/m.exec(status())?.[1]}`);
  for (const [signal, expected] of [
    [2, true],
    [15, true],
    [31, true],
    [32, false],
    [33, false],
    [64, true],
  ] as const) {
    assert.equal(((blocked >> BigInt(signal - 1)) & 1n) === 1n, expected, `signal ${signal}`);
  }
  const { tid } = reader;
  assert.equal(reader.end(), true);
  assert.equal(reader.alive, false);
  reader.follow();
  assert.equal(reader.tid, tid);
  close();
});

test('what the C library has every thread do, it does too: the process can change its group', LIMIT, () => {
  const { uffd, from, to, close } = scene();
  const reader = start(uffd);
  // It waits until each thread has handled a signal of the C library's own.
  for (let i = 0; i < 20; i++) process.setegid!(process.getegid!());
  assert.equal(reader.alive, true);
  assert.equal(remap(from, RANGE, to), to);
  reader.end();
  close();
});

test('page faults are told, once each, and zeros let their threads go on', LIMIT, async () => {
  const { uffd, to, close } = scene();
  assert.equal(uffd.register(to, RANGE), 0);
  const reader = start(uffd);
  const pages = [3, 4, 700];
  const threads = pages.map((page) => touch(to + page * PAGE + 5));
  const told: number[] = [];
  await until(() => {
    reader.takeFaults((address) => told.push(address));
    return told.length >= pages.length;
  });
  // Without UFFD_FEATURE_EXACT_ADDRESS it is the page’s address.
  assert.deepEqual(
    told.map((address) => Math.floor(address / PAGE) * PAGE).sort((a, b) => a - b),
    pages.map((page) => to + page * PAGE),
  );
  reader.takeFaults(() => assert.fail('told again'));
  assert.ok(threads.every(({ task }) => Atomics.load(task.state, 0) < 2));
  for (const page of pages) uffd.wake(to + page * PAGE, PAGE);
  // They fault again. Now they get zeros, but those that wait for a page which is out do not.
  const isOut = (page: number) => page * PAGE === to + 700 * PAGE;
  await until(() => {
    uffd.resolveHoles(isOut, reader);
    return threads.slice(0, 2).every(({ task }) => Atomics.load(task.state, 0) === 2);
  });
  assert.ok(Atomics.load(threads[2]!.task.state, 0) < 2);
  uffd.wake(to + 700 * PAGE, PAGE);
  await until(() => {
    uffd.resolveHoles(() => false, reader);
    return Atomics.load(threads[2]!.task.state, 0) === 2;
  });
  for (const { task, exit } of threads) {
    await exit;
    assert.equal(task.found[0], 0);
  }
  reader.end();
  close();
});

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
  'when the descriptor has been closed it ends by itself, and when it has been ended nothing is left',
  LIMIT,
  async () => {
    const before = eventfds();
    const { uffd, close } = scene();
    const reader = start(uffd);
    const threads = readdirSync('/proc/self/task').length;
    assert.equal(reader.stop(), true);
    assert.equal(eventfds(), before);
    assert.equal(mappedRanges(reader.block, reader.block + 1).length, 1, 'its block can still be looked at');
    assert.equal(reader.end(), true);
    assert.equal(mappedRanges(reader.block, reader.block + 1).length, 0);
    await until(() => readdirSync('/proc/self/task').length < threads);
    close();
    const closed = EventReader.start(uffd.descriptor);
    assert.ok(closed !== undefined);
    await until(() => !closed.alive);
    assert.equal(closed.end(), true);
    assert.equal(eventfds(), before);
  },
);

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

test('who waits for page faults is woken by one, and is told of the thread and the kind', LIMIT, async () => {
  const { uffd, to, close } = scene();
  assert.equal(uffd.register(to, RANGE), 0);
  const reader = start(uffd);
  reader.awaitFault(1_000_000);
  reader.takeFaults(() => assert.fail('there is none'));
  const thread = await ProgramThread.start();
  for (const write of [false, true]) {
    // By hand: `access` looks at the thread until it waits, and this thread is to sleep until it does.
    const page = to / PAGE + (write ? 9 : 7);
    thread.begin(page, write ? new Uint8Array(PAGE).fill(3) : undefined);
    reader.awaitFault(FOR_EVER_NS);
    const told: unknown[] = [];
    reader.takeFaults((address, forWrite, tid) => told.push([address / PAGE, forWrite, tid]));
    assert.deepEqual(told, [[page, write, thread.tid]]);
    uffd.wake(page * PAGE, PAGE);
    await until(() => {
      uffd.resolveHoles(() => false, reader);
      return thread.isDone;
    });
  }
  await thread.terminate();
  reader.end();
  close();
});
