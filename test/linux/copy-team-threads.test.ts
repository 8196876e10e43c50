import './support/memory.js';
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { libc } from '../../src/linux/sys/libc.js';
import { syscallNumbers } from '../../src/linux/sys/syscalls.js';
import { livingThreads, newThreads } from '../ferry/support/threads.js';
import { Bench, HALF, PAGES } from './support/copy-team-scenes.js';
import { StuckSource } from './support/stuck-source.js';

// include/uapi/linux/futex.h
const FUTEX_WAKE = 1;

test('helpers copy while the caller does something else', async () => {
  const bench = new Bench();
  await bench.team.resize(1);
  for (let round = 0; round < 10; round++) {
    bench.clear();
    const job = bench.post(1);
    bench.awaitHelp();
    assert.equal(bench.team.finish(job, 60e9), true);
    bench.team.close(job);
    // They have gone to sleep in between, now and then.
    if (round % 3 === 0) await delay(5);
  }
  await bench.close();
});

test('a team that ends waits for helpers that are being started', async () => {
  const bench = new Bench();
  let started = false;
  const resized = bench.team.resize(2).then(() => {
    started = true;
  });
  await bench.team.abandon();
  assert.equal(started, true, 'a thread was ended while it loaded koffi');
  await resized;
  await bench.close();
});

test('helpers that sleep are woken, unless there is only one piece', async () => {
  const bench = new Bench();
  await bench.team.resize(1);
  const wakes: number[] = [];
  const c = libc();
  const { syscall } = c;
  mock.method(c, 'syscall', (...args: Parameters<typeof syscall>) => {
    if (args[0] === syscallNumbers().futex && (args[2] & 127) === FUTEX_WAKE) wakes.push(args[1]);
    return syscall(...args);
  });
  const small = (pieces: number): void => {
    const job = bench.team.open();
    for (let i = 0; i < pieces; i++) bench.team.add(job, HALF * PAGES + 64 * i, 64 * i, 64);
    bench.team.start(job);
    assert.equal(bench.team.finish(job, 60e9), true);
    bench.team.close(job);
  };
  for (let i = 0; i < 5; i++) {
    await delay(5);
    small(1);
  }
  assert.deepEqual(wakes, []);
  // It looks around by itself now and then, and may just be awake.
  for (let i = 0; i < 50 && wakes.length === 0; i++) {
    await delay(5);
    small(2);
  }
  mock.restoreAll();
  assert.ok(wakes.length > 0);
  await bench.close();
});

test('abandon ends every helper, in the middle of its work, and nothing is written afterwards', async () => {
  const bench = new Bench();
  const before = livingThreads();
  await bench.team.resize(2);
  const times = 500;
  const job = bench.post(times);
  bench.awaitHelp();
  await bench.team.abandon();
  assert.deepEqual(newThreads(before), []);
  const results = Array.from({ length: times * HALF }, (_, piece) => bench.team.result(job, piece));
  assert.ok(results.includes(1) && results.includes(0), 'they had begun, and had not come to the end');
  assert.equal(bench.team.helpers, 0);
  bench.clear();
  await delay(30);
  assert.equal(bench.helped(), false);
  await bench.close();
});

test('helpers that are gone are not missed: the caller copies everything', async () => {
  const bench = new Bench();
  await bench.team.resize(2);
  await bench.team.abandon();
  const jobs = [bench.post(1), bench.post(1)];
  for (const job of jobs) {
    assert.equal(bench.team.finish(job, 0), true);
    bench.team.close(job);
  }
  bench.copy();
  await bench.close();
});

test('a helper that gets no processor is not waited for by the batches that it has nothing of', async () => {
  const bench = new Bench();
  const source = new StuckSource();
  await bench.team.resize(1);
  const stuck = bench.team.open();
  bench.team.add(stuck, HALF * PAGES, 0, 1);
  // The last piece is taken first. Two groups: for one nobody is woken.
  for (let i = 0; i < 64; i++) bench.team.add(stuck, HALF * PAGES + 1 + i, 1 + i, 1);
  bench.team.add(stuck, HALF * PAGES + 65, bench.frameOf(source.address), 1);
  bench.team.start(stuck);
  source.await();
  for (let round = 0; round < 3; round++) bench.copy();
  // Of its own batch it holds up what it has taken, and only that.
  assert.equal(bench.team.finish(stuck, 1e6), false);
  const results = Array.from({ length: 66 }, (_, piece) => bench.team.result(stuck, piece));
  assert.deepEqual(results, [...new Array<number>(65).fill(1), 0]);
  source.fill(new Uint8Array(4096));
  assert.equal(bench.team.finish(stuck, 60e9), true);
  bench.team.close(stuck);
  source.close();
  await bench.close();
});
