import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mock, test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { libc } from '../../src/linux/sys/libc.js';
import { mappedRanges } from '../../src/linux/sys/proc-maps.js';
import { EventReader } from '../../src/linux/userfaultfd/event-reader.js';
import { until } from '../ferry/support/fixture.js';
import { LIMIT, MARKS, marksAt, RANGE, scene, start, touch } from './support/event-reader-scenes.js';
import { PAGE, remap } from './support/memory.js';
import { ProgramThread } from './support/program-thread.js';

/** Longer than any test may take. */
const FOR_EVER_NS = 600e9;

const c = libc();

/** From now on counts the eventfds of this thread's own making that are open. Node opens some of its own at any time. */
function ownEventfds(): { open(): number; restore(): void } {
  const ids = new Set<string>();
  const { eventfd } = c;
  const { mock: counted } = mock.method(c, 'eventfd', (...args: Parameters<typeof eventfd>) => {
    const descriptor = eventfd(...args);
    ids.add(idOf(String(descriptor))!);
    return descriptor;
  });
  const open = (): number => readdirSync('/proc/self/fd').filter((fd) => ids.has(idOf(fd)!)).length;
  return { open, restore: () => counted.restore() };
}

/** Another eventfd never has the same number. */
function idOf(descriptor: string): string | undefined {
  try {
    return /^eventfd-id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

// First, as what was loaded once stays loaded.
test('where no memory may be made executable, or no thread can be had, there is none, and nothing is left', () => {
  const eventfds = ownEventfds();
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
    mock.method(c, 'eventfd', () => -1, { times: 1 });
    assert.equal(EventReader.start(0), undefined);
    mock.method(c, 'pthread_create', () => ERRNO.EAGAIN);
    assert.equal(EventReader.start(0), undefined);
  } finally {
    mock.restoreAll();
  }
  assert.equal(eventfds.open(), 0);
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

test(
  'when the descriptor has been closed it ends by itself, and when it has been ended nothing is left',
  LIMIT,
  async () => {
    const eventfds = ownEventfds();
    const { uffd, close } = scene();
    const reader = start(uffd);
    assert.equal(eventfds.open(), 1);
    const threads = readdirSync('/proc/self/task').length;
    assert.equal(reader.stop(), true);
    assert.equal(eventfds.open(), 0);
    assert.equal(mappedRanges(reader.block, reader.block + 1).length, 1, 'its block can still be looked at');
    assert.equal(reader.end(), true);
    assert.equal(mappedRanges(reader.block, reader.block + 1).length, 0);
    await until(() => readdirSync('/proc/self/task').length < threads);
    close();
    const closed = EventReader.start(uffd.descriptor);
    assert.ok(closed !== undefined);
    await until(() => !closed.alive);
    assert.equal(closed.end(), true);
    assert.equal(eventfds.open(), 0);
    eventfds.restore();
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
