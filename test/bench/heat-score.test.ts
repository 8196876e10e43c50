import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HeatRun, heatRow, type Shot } from '../../src/bench/heat/heat-figures.js';
import { lagsOf } from '../../src/bench/heat/lag.js';
import { hottestShare, scoreOf } from '../../src/bench/heat/score.js';
import { AccessCounts, accessesBetween, allAccesses, SLICE_MS } from '../../src/bench/heat/truth.js';
import { WaitHistogram } from '../../src/common/wait-histogram.js';

/** 20 units, of which two are hot. */
const skewed = Float64Array.from({ length: 20 }, (_, unit) => (unit === 3 ? 500 : unit === 8 ? 400 : 10));

test('precision is of the reported units, recall of the hot ones', () => {
  assert.deepEqual(scoreOf(skewed, [3, 8]), { even: false, precision: 1, recall: 1, captured: 1 });
  assert.deepEqual(scoreOf(skewed, [8]), { even: false, precision: 1, recall: 0.5, captured: 400 / 900 });
  assert.deepEqual(scoreOf(skewed, [5, 3]), {
    even: false,
    precision: 0.5,
    recall: 0.5,
    captured: 510 / 900,
  });
  assert.deepEqual(scoreOf(skewed, []), { even: false, precision: null, recall: 0, captured: 0 });
});

test('of units with as many accesses each is right, but there is room for a tenth only', () => {
  const tied = Float64Array.from({ length: 20 }, (_, unit) => (unit < 4 ? 100 : 1));
  for (const reported of [
    [0, 1],
    [2, 3],
    [3, 0],
  ]) {
    assert.deepEqual(scoreOf(tied, reported), { even: false, precision: 1, recall: 1, captured: 1 });
  }
  assert.equal(scoreOf(tied, [3, 4]).precision, 0.5);
});

test('a unit without accesses is not hot, even if nothing else was accessed', () => {
  const one = Float64Array.from({ length: 20 }, (_, unit) => (unit === 6 ? 9 : 0));
  assert.deepEqual(scoreOf(one, [6, 7]), { even: false, precision: 0.5, recall: 0.5, captured: 1 });
  assert.deepEqual(scoreOf(new Float64Array(20), [6, 7]).recall, 0);
});

test('accesses are even if the hottest tenth has less than two tenths of them', () => {
  const half = (hot: number) => Float64Array.from({ length: 20 }, (_, unit) => (unit < 2 ? hot : 9));
  assert.equal(scoreOf(half(20), [0, 1]).even, true);
  assert.equal(scoreOf(half(21), [0, 1]).even, false);
});

test('the share of the hottest tenth takes unknown rates for 0', () => {
  assert.equal(hottestShare(skewed), 900 / (900 + 18 * 10));
  assert.equal(hottestShare(new Float32Array(20).fill(Number.NaN)), 0);
  const known = new Float32Array(20).fill(Number.NaN);
  known[2] = 3;
  known[4] = 1;
  known[9] = 4;
  assert.equal(hottestShare(known), 7 / 8);
});

const range = (from: number, length: number) => new Set(Array.from({ length }, (_, i) => from + i));
const move = (atMs: number, from: number) => ({ atMs, from, length: 10 });

test('the lag is the time until a snapshot has nine in ten of the new units', () => {
  const moves = [move(5000, 100), move(10_000, 40)];
  const sightings = [
    { atMs: 5500, hottest: new Set<number>() },
    { atMs: 6500, hottest: range(102, 10) },
    { atMs: 7500, hottest: range(101, 10) },
    { atMs: 8500, hottest: range(100, 10) },
    { atMs: 10_250, hottest: range(40, 10) },
  ];
  assert.deepEqual(lagsOf(moves, sightings), [2500, 250]);
});

test('a move is unseen if the next comes first; the last one may still be seen later', () => {
  const moves = [move(5000, 100), move(10_000, 40), move(15_000, 7)];
  const sightings = [
    // Where it was before, and where it will be.
    { atMs: 4500, hottest: range(100, 10) },
    { atMs: 9500, hottest: range(40, 10) },
    { atMs: 10_500, hottest: range(100, 10) },
    { atMs: 12_000, hottest: range(40, 10) },
    { atMs: 15_500, hottest: range(40, 10) },
  ];
  assert.deepEqual(lagsOf(moves, sightings), [Number.POSITIVE_INFINITY, 2000]);
});

test('the truth between two times is of the slices between them, of all threads', () => {
  const threads = [new AccessCounts(3, 10), new AccessCounts(3, 10)];
  const add = (thread: number, ms: number, unit: number, count: number) => {
    const { counts } = threads[thread]!;
    counts[threads[thread]!.rowAt(ms) + unit]! += count;
  };
  add(0, 0, 0, 1);
  add(0, SLICE_MS - 0.01, 0, 2);
  add(0, SLICE_MS, 1, 4);
  add(1, 1.5 * SLICE_MS, 1, 8);
  add(1, 3 * SLICE_MS, 2, 16);
  // Later than all slices.
  add(1, 99 * SLICE_MS, 2, 32);
  assert.deepEqual([...accessesBetween(threads, 0, SLICE_MS)], [3, 0, 0]);
  assert.deepEqual([...accessesBetween(threads, SLICE_MS, 4 * SLICE_MS)], [0, 12, 16]);
  assert.deepEqual([...accessesBetween(threads, 0.5 * SLICE_MS, 3.5 * SLICE_MS)], [0, 12, 0]);
  assert.deepEqual([...accessesBetween(threads, 0, 1e9)], [3, 12, 48]);
  assert.equal(allAccesses(threads), 63);
  const shared = new AccessCounts(3, 10, threads[1]!.buffer);
  assert.equal(allAccesses([shared]), 56);
});

function phase(perSecond: number, blockNs: number) {
  const times = new WaitHistogram();
  for (let i = 0; i < 100; i++) times.record(blockNs);
  return { accesses: perSecond, perSecond, perCpuSecond: 2 * perSecond, times };
}

const shot = (atMs: number, hottest: readonly number[], cpuNs: number, units = 1): Shot => ({
  atMs,
  hottest: Uint32Array.from(hottest),
  seenShare: 0.5,
  cost: { cpuNs, stalledNs: 2 * cpuNs, units, touched: 1 },
});

const run: HeatRun = {
  program: 'hot-set',
  source: 'hint',
  sees: { reads: true, writes: true, kinds: true, threads: true },
  // The first one is not compared.
  shots: [
    shot(1000, [], 5e6),
    shot(2000, [3, 8], 10e6),
    shot(3000, [3, 9], 20e6),
    shot(5000, [3], 45e6, 401),
  ],
  truthOf: () => skewed,
  moves: [{ atMs: 1500, from: 3, length: 1 }],
  rounds: [
    { off: phase(1000, 500), on: phase(900, 7000) },
    { off: phase(2000, 1500), on: phase(2000, 9000) },
    { off: phase(1000, 900), on: phase(990, 8000) },
  ],
  accesses: 12,
  counted: 12,
  wrongValues: 0,
  damaged: 0,
};

test('a row has the medians of its snapshots and rounds, and the cost since the first snapshot', () => {
  const row = heatRow(run);
  assert.deepEqual(row.precision, { median: 1, min: 0.5, max: 1 });
  assert.deepEqual(row.recall, { median: 0.5, min: 0.5, max: 1 });
  assert.equal(row.snapshots, 3);
  assert.equal(row.trueShare, 900 / 1080);
  assert.equal(row.cpuPercent, 1);
  assert.deepEqual(row.cpuOfSnapshots, { median: 1, min: 0.5, max: 1.25 });
  assert.equal(row.unitCpuUs, 100);
  assert.equal(row.stalledPercent, 2);
  assert.deepEqual(row.lag, { moves: 1, unseen: 0, medianMs: 500, minMs: 500, maxMs: 500 });
  assert.ok(Math.abs(row.slowdownPercent - 1) < 1e-9);
  assert.ok(Math.abs(row.cpuSlowdownPercent - 1) < 1e-9);
  assert.equal(row.perSecond, 1000);
  assert.ok(Math.abs(row.offP9999us - 0.9) < 0.05 && Math.abs(row.onP9999us - 8) < 0.3);
  assert.deepEqual([row.onMaxus, row.truth, row.verified], [9, 'interval', true]);
});

test('a row of even accesses has no precision, and one of a hot set that stays no lag', () => {
  const { moves: _, ...still } = run;
  const row = heatRow({ ...still, moves: undefined, truthOf: () => new Float64Array(20).fill(7) });
  assert.deepEqual([row.even, row.precision, row.recall, row.captured], [true, null, null, null]);
  assert.deepEqual([row.lag, row.truth, row.trueShare], [null, 'phase', 0.1]);
});

test('an unseen move is no number in the lag, and a wrong value, damage or a lost count is not verified', () => {
  const moves = [
    { atMs: 1100, from: 15, length: 1 },
    { atMs: 1200, from: 3, length: 1 },
  ];
  assert.deepEqual(heatRow({ ...run, moves }).lag, {
    moves: 2,
    unseen: 1,
    medianMs: null,
    minMs: 800,
    maxMs: null,
  });
  assert.equal(heatRow({ ...run, wrongValues: 1 }).verified, false);
  assert.equal(heatRow({ ...run, damaged: 1 }).verified, false);
  assert.equal(heatRow({ ...run, counted: 11 }).verified, false);
});
