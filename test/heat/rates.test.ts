import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE_SIZE, PMD_SIZE } from '../../src/common/page.js';
import { HeatRecords } from '../../src/heat/heat-records.js';
import { hottest } from '../../src/heat/hottest.js';
import { KIND_READ, KIND_WRITE, type Sight } from '../../src/heat/observation.js';
import { takeSnapshot } from '../../src/heat/take-snapshot.js';
import { PoissonPages } from './poisson-pages.js';

const MS = 1e6;
const SEES: Sight = { reads: true, writes: true, kinds: true, threads: false };

function rateOf(records: HeatRecords, unitBytes: number, unit: number, atNs: number): number {
  return takeSnapshot(records, { unitBytes, atNs, source: 'test', sees: SEES }).rate[unit]!;
}

function near(value: number, wanted: number, part: number): void {
  assert.ok(Math.abs(value / wanted - 1) <= part, `${value}, wanted ${wanted} +- ${part * 100} %`);
}

// A unit of 2 MiB, watched 2000 times within a few half-lives: the standard error is about 3 %.
for (const rate of [0.5, 5, 100, 3000]) {
  test(`gaps up to the first access give a rate of ${rate} per second, most watches censored or not`, () => {
    const records = new HeatRecords({ pages: 512, halfLifeMs: 1e6, minUnitPages: 512 });
    const pages = new PoissonPages(512, records);
    pages.rates.fill(rate / 512);
    for (let i = 0; i < 4000; i++) {
      pages.watch(0, 512, (0.7 / rate) * 1e9);
      pages.nowNs += 100 * MS;
    }
    near(rateOf(records, PMD_SIZE, 0, pages.nowNs), rate, 0.07);
  });

  test(`intervals with or without an access give a rate of ${rate} per second`, () => {
    for (const expected of [0.1, 1, 2]) {
      const records = new HeatRecords({ pages: 512, halfLifeMs: 1e6, minUnitPages: 512 });
      const pages = new PoissonPages(512, records);
      pages.rates.fill(rate / 512);
      for (let i = 0; i < 4000; i++) {
        pages.check(0, 512, (expected / rate) * 1e9);
        pages.nowNs += 100 * MS;
      }
      near(rateOf(records, PMD_SIZE, 0, pages.nowNs), rate, 0.1);
    }
  });
}

test('a source that always finds an access reports that the rate is high, and not that it is infinite', () => {
  const records = new HeatRecords({ pages: 512, halfLifeMs: 1e6, minUnitPages: 512 });
  const pages = new PoissonPages(512, records);
  pages.rates.fill(1e6);
  for (let i = 0; i < 1000; i++) {
    pages.check(0, 512, 100 * MS);
    pages.nowNs += 100 * MS;
  }
  const rate = rateOf(records, PMD_SIZE, 0, pages.nowNs);
  assert.ok(rate > 30 && Number.isFinite(rate), String(rate));
});

test('watches of single pages and of the whole unit give the same rate', () => {
  const records = new HeatRecords({ pages: 512, halfLifeMs: 1e6, minUnitPages: 512 });
  const pages = new PoissonPages(512, records);
  pages.rates.fill(2);
  for (let i = 0; i < 3000; i++) {
    pages.watch(pages.below(512), 1, 300 * MS);
    pages.nowNs += 10 * MS;
  }
  near(rateOf(records, PMD_SIZE, 0, pages.nowNs), 1024, 0.08);
});

test('watches of 8 MiB at once are shared among its units by what else is known of them', () => {
  const records = new HeatRecords({ pages: 2048, halfLifeMs: 1e6, minUnitPages: 512 });
  const pages = new PoissonPages(2048, records);
  pages.rates.fill(0.0001);
  pages.rates.fill(0.1, 0, 512);
  for (let i = 0; i < 3000; i++) {
    for (let unit = 0; unit < 4; unit++) pages.watch(512 * unit, 512, 10 * MS);
    pages.watch(0, 2048, 10 * MS);
    pages.nowNs += 10 * MS;
  }
  near(rateOf(records, PMD_SIZE, 0, pages.nowNs), 51.2, 0.08);
  assert.ok(rateOf(records, PMD_SIZE, 3, pages.nowNs) < 1);
});

test('an access that was seen in a larger range counts for the unit in which it was most likely, once', () => {
  const records = new HeatRecords({ pages: 4 * 512, minUnitPages: 512 });
  for (const [unit, after] of [-1, 5, 5, -1].entries()) {
    records.observe(unit * 512, 512, 50 * MS, after < 0 ? after : after * MS, 1e9, 0, 0);
  }
  records.observe(0, 2048, 50 * MS, MS, 2e9, 0, 0);
  const { age } = takeSnapshot(records, { unitBytes: PMD_SIZE, atNs: 3e9, source: 'test', sees: SEES });
  assert.deepEqual([...age].map(Math.round), [Number.NaN, 999, 1995, Number.NaN]);
});

test('an observation has half its weight after the half-life', () => {
  const records = new HeatRecords({ pages: 512, halfLifeMs: 1000 });
  const sums = (atNs: number): number[] => {
    const found: number[] = [];
    records.walk({ unit: (_page, _pages, figures) => void found.push(...figures) }, atNs);
    return found;
  };
  records.observe(0, 512, 200 * MS, 100 * MS, 1e9, KIND_WRITE, 0);
  const at = 1.1e9;
  const [, , observations, touches, watched, kinds, writes] = sums(at);
  assert.deepEqual([observations, touches, kinds, writes], [1, 1, 1, 1]);
  near(watched!, 51.2, 1e-6);
  const later = sums(at + 1e9);
  for (const value of later.slice(2, 4)) near(value, 0.5, 1e-12);
  near(later[4]!, 25.6, 1e-6);
  // Watched for 0.7 s without an access, one half-life later: 0.5 accesses in 0.05 + 0.7 s.
  records.observe(0, 512, 700 * MS, -1, at + 0.3e9, KIND_READ, 0);
  near(rateOf(records, PMD_SIZE, 0, at + 1e9), 0.5 / 0.75, 1e-6);
  near(sums(at + 1e9)[2]!, 1.5, 1e-6);
});

test('an observation that is reported late has the weight of its time', () => {
  const inOrder = new HeatRecords({ pages: 512, halfLifeMs: 1000 });
  const late = new HeatRecords({ pages: 512, halfLifeMs: 1000 });
  const early = [0, 512, 200 * MS, 100 * MS, 1e9, KIND_READ, 0] as const;
  const second = [0, 512, 200 * MS, -1, 3e9, KIND_READ, 0] as const;
  inOrder.observe(...early);
  inOrder.observe(...second);
  late.observe(...second);
  late.observe(...early);
  near(rateOf(late, PMD_SIZE, 0, 4e9), rateOf(inOrder, PMD_SIZE, 0, 4e9), 1e-5);
});

test('a hot set that moves is found in its new place within two half-lives', () => {
  const records = new HeatRecords({ pages: 512 * 64, halfLifeMs: 1000, minUnitPages: 512 });
  const pages = new PoissonPages(512 * 64, records);
  const hottestAfter = (seconds: number): number[] => {
    for (let i = 0; i < 4 * seconds; i++) {
      for (let unit = 0; unit < 64; unit++) pages.watch(unit * 512, 512, 50 * MS);
      pages.nowNs += 250 * MS;
      records.adapt(pages.nowNs);
    }
    const request = { unitBytes: PMD_SIZE, atNs: pages.nowNs, source: 'test', sees: SEES };
    return [...hottest(takeSnapshot(records, request), 0.1)].sort((a, b) => a - b);
  };
  pages.rates.fill(0.001);
  pages.rates.fill(1, 0, 512 * 6);
  assert.deepEqual(hottestAfter(5), [0, 1, 2, 3, 4, 5]);
  pages.rates.fill(0.001);
  pages.rates.fill(1, 512 * 30, 512 * 36);
  assert.deepEqual(hottestAfter(2), [30, 31, 32, 33, 34, 35]);
});

test('the share of writes is that of the accesses whose kind is known', () => {
  const records = new HeatRecords({ pages: 512 });
  const pages = new PoissonPages(512, records);
  pages.rates.fill(1);
  pages.writes = 0.25;
  for (let i = 0; i < 2000; i++) {
    pages.watch(0, 512, 10 * MS);
    pages.nowNs += MS;
  }
  const request = { unitBytes: PMD_SIZE, atNs: pages.nowNs, source: 'test' };
  near(takeSnapshot(records, { ...request, sees: SEES }).written[0]!, 0.25, 0.2);
  assert.ok(Number.isNaN(takeSnapshot(records, { ...request, sees: { ...SEES, kinds: false } }).written[0]));
});

test('observations outside of the region or of no time are counted, and change nothing', () => {
  const records = new HeatRecords({ pages: 10 });
  const bad: readonly (readonly [number, number, number, number, number])[] = [
    [10, 1, MS, -1, 1e9],
    [-1, 5, MS, -1, 1e9],
    [0, 0, MS, -1, 1e9],
    [0, 1, 0, -1, 1e9],
    [0, 1, Number.NaN, -1, 1e9],
    [0, 1, MS, Number.NaN, 1e9],
    [0, 1, MS, -3, 1e9],
    [0, 1, MS, -1, 0],
    [0, 1, MS, -1, Number.POSITIVE_INFINITY],
    [Number.NaN, 1, MS, -1, 1e9],
    [0, Number.NaN, MS, -1, 1e9],
  ];
  for (const [page, pages, watched, touched, at] of bad)
    records.observe(page, pages, watched, touched, at, 0, 0);
  assert.equal(records.stats.rejected, bad.length);
  assert.ok(records.bytes.every((byte) => byte === 0));
  // One that is only in part outside counts for its pages inside.
  records.observe(8, 100, MS, 0, 1e9, 0, 0);
  assert.equal(records.stats.rejected, bad.length);
  assert.ok(Number.isFinite(rateOf(records, PAGE_SIZE, 9, 1e9)));
});
