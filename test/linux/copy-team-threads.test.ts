import './support/memory.js';
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { libc } from '../../src/linux/sys/libc.js';
import type { Mapping } from '../../src/linux/sys/mman.js';
import { syscallNumbers } from '../../src/linux/sys/syscalls.js';
import { LinuxCopyTeam } from '../../src/linux/team/linux-copy-team.js';
import { livingThreads, newThreads } from '../ferry/support/threads.js';
import { HUGE, memory } from './support/memory.js';
import { StuckSource } from './support/stuck-source.js';

const PAGES = HUGE / 4096;
// include/uapi/linux/futex.h
const FUTEX_WAKE = 1;
/** How long a helper may wait for a CPU on a busy host. */
const PATIENCE_MS = 60_000;
/** Sources, then destinations; each of 16 MiB. */
const HALF = 8;

/** Jobs of many large pieces, so that helpers are in the middle of them. */
class Bench {
  readonly #mapping: Mapping = memory(2 * HALF * HUGE, true);
  readonly bytes = new Uint8Array(libc().view(this.#mapping.address, 2 * HALF * HUGE));
  readonly team: LinuxCopyTeam;

  constructor(pieces = 4096) {
    this.team = new LinuxCopyTeam({ frameBase: this.#mapping.address, pieces, copy: 'fast' });
    this.bytes.fill(0xab, 0, HALF * HUGE);
  }

  /** The number by which the team knows the page at an address. */
  frameOf(address: number): number {
    return (address - this.#mapping.address) / 4096;
  }

  /** `times` over, everything. */
  post(times: number): number {
    const job = this.team.open();
    assert.ok(job >= 0);
    for (let i = 0; i < times; i++) {
      for (let k = 0; k < HALF; k++) this.team.add(job, (HALF + k) * PAGES, k * PAGES, PAGES);
    }
    this.team.start(job);
    return job;
  }

  copy(): void {
    this.clear();
    const job = this.post(1);
    assert.equal(this.team.finish(job, 60e9), true);
    this.team.close(job);
    const [sources, destinations] = [this.bytes.subarray(0, HALF * HUGE), this.bytes.subarray(HALF * HUGE)];
    assert.equal(Buffer.compare(sources, destinations), 0);
  }

  clear(): void {
    this.bytes.fill(0, HALF * HUGE);
  }

  /** Somebody else than the caller has written. */
  helped(): boolean {
    return this.bytes.subarray(HALF * HUGE).includes(0xab);
  }

  /** Waits without copying, so that only a helper can have written. */
  awaitHelp(): void {
    const until = performance.now() + PATIENCE_MS;
    while (!this.helped()) assert.ok(performance.now() < until, 'no helper has copied anything');
  }

  async close(): Promise<void> {
    await this.team.abandon();
    this.#mapping.unmap();
  }
}

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

test('a team grows and shrinks, and copies with whatever it has', async () => {
  const bench = new Bench();
  const before = livingThreads();
  for (const helpers of [2, 0, 1, 4, 4, 1]) {
    await bench.team.resize(helpers);
    assert.equal(bench.team.helpers, helpers);
    assert.equal(newThreads(before).length, helpers);
    bench.copy();
  }
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

test('what helpers have taken and not ended is what finish waits for, and no longer than it was told', async () => {
  const bench = new Bench();
  await bench.team.resize(1);
  // All in one piece for the helper, which is in the middle of it when the caller has done the others.
  const job = bench.team.open();
  const count = 100;
  for (let i = 0; i < count; i++) bench.team.add(job, HALF * PAGES, 0, HALF * PAGES);
  bench.team.start(job);
  bench.awaitHelp();
  await bench.team.abandon();
  const over = bench.team.finish(job, 0);
  const results = Array.from({ length: count }, (_, piece) => bench.team.result(job, piece));
  assert.ok(results.every((result) => result === 0 || result === 1));
  // A helper that was ended between taking a piece and saying so leaves at most that one open.
  assert.equal(results.filter((result) => result === 0).length, over ? 0 : 1);
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

test('two jobs of 64 MiB in scattered pages have room at once', async () => {
  const folios = 16_384;
  const bench = new Bench(2 * folios);
  await bench.team.resize(1);
  const jobs = [0, 1].map(() => {
    const job = bench.team.open();
    const pages = HALF * PAGES;
    for (let i = 0; i < folios; i++) {
      const page = (i * 1021) % pages;
      assert.equal(bench.team.add(job, pages + page, page, 1), true);
    }
    bench.team.start(job);
    return job;
  });
  for (const job of jobs) {
    assert.equal(bench.team.finish(job, 60e9), true);
    for (let piece = 0; piece < folios; piece++) assert.equal(bench.team.result(job, piece), 1);
    bench.team.close(job);
  }
  const [sources, destinations] = [bench.bytes.subarray(0, HALF * HUGE), bench.bytes.subarray(HALF * HUGE)];
  assert.equal(Buffer.compare(sources, destinations), 0);
  await bench.close();
});
