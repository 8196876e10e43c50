import './support/memory.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { livingThreads, newThreads } from '../ferry/support/threads.js';
import { Bench, HALF, PAGES } from './support/copy-team-scenes.js';
import { HUGE } from './support/memory.js';

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
