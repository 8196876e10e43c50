import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { PAGE_SIZE, PMD_PAGES } from '../../src/common/page.js';
import { byteAgeLevel, byteRateLevel } from '../../src/heat/heat-byte.js';
import { HeatRecords, type HeatRecordsOptions } from '../../src/heat/heat-records.js';
import { KIND_READ, UNTOUCHED } from '../../src/heat/observation.js';
import { UNIT } from '../../src/heat/unit-tree.js';
import { PoissonPages } from './poisson-pages.js';

const MS = 1e6;

interface Sums {
  units: number;
  pages: number;
  observations: number;
  touches: number;
  watched: number;
}

function sumsOf(records: HeatRecords, atNs: number): Sums {
  const sums: Sums = { units: 0, pages: 0, observations: 0, touches: 0, watched: 0 };
  records.walk(
    {
      unit(_page, pages, figures) {
        sums.units++;
        sums.pages += pages;
        sums.observations += figures[UNIT.observations]!;
        sums.touches += figures[UNIT.touches]!;
        sums.watched += figures[UNIT.watched]!;
      },
    },
    atNs,
  );
  return sums;
}

function same(a: Sums, b: Sums): void {
  for (const key of ['pages', 'observations', 'touches', 'watched'] as const) {
    assert.ok(Math.abs(a[key] - b[key]) <= 1e-5 * Math.abs(a[key]), `${key}: ${a[key]} and ${b[key]}`);
  }
}

/** Watches each unit as it is now. */
function watchAll(records: HeatRecords, pages: PoissonPages, limitNs: number): void {
  for (let page = 0; page < records.pages; ) {
    const unit = records.unitPages(page);
    assert.equal(page % unit, 0);
    pages.watch(page, unit, limitNs);
    page += unit;
  }
}

test('a hot unit is split down to the hot page, and merged when it is cold; the sums stay', () => {
  const records = new HeatRecords({ pages: 16 * PMD_PAGES, halfLifeMs: 1000, forgetMs: 1e6 });
  const pages = new PoissonPages(records.pages, records);
  const hot = 5 * PMD_PAGES + 77;
  pages.rates[hot] = 500;
  const round = (): void => {
    watchAll(records, pages, 20 * MS);
    pages.nowNs += 100 * MS;
    const before = sumsOf(records, pages.nowNs);
    records.adapt(pages.nowNs);
    same(before, sumsOf(records, pages.nowNs));
  };
  for (let i = 0; i < 40; i++) round();
  assert.equal(records.unitPages(hot), 1);
  // Only the way to the hot page is split: three groups of eight.
  assert.equal(records.stats.groups, 3);
  assert.equal(records.unitPages(0), PMD_PAGES);
  assert.equal(records.unitPages(hot + 8), 8);
  assert.ok(byteRateLevel(records.bytes[hot]!) >= 9, records.bytes[hot]!.toString(16));
  assert.ok(byteRateLevel(records.bytes[hot + 1]!) < byteRateLevel(records.bytes[hot]!));
  pages.rates[hot] = 0;
  for (let i = 0; i < 150; i++) round();
  assert.equal(records.stats.groups, 0);
  assert.equal(records.unitPages(hot), PMD_PAGES);
});

test('units are not split below what the source can watch', () => {
  const records = new HeatRecords({ pages: PMD_PAGES, minUnitPages: 64 });
  const pages = new PoissonPages(records.pages, records);
  pages.rates.fill(100);
  for (let i = 0; i < 50; i++) {
    watchAll(records, pages, MS);
    pages.nowNs += 10 * MS;
    records.adapt(pages.nowNs);
  }
  assert.equal(records.unitPages(0), 64);
});

/** Watches the pages to `end`, in units that the records choose. Those to `hot` are hot at every size. */
function heatUp(records: HeatRecords, end: number, hot: number, rounds: number): void {
  let at = 1e9;
  for (let round = 0; round < rounds; round++) {
    for (let page = 0; page < end; ) {
      const unit = records.unitPages(page);
      records.observe(page, unit, 200 * MS, page < hot ? 1000 : UNTOUCHED, at, KIND_READ, 0);
      page += unit;
    }
    at += 50 * MS;
    records.adapt(at);
  }
}

test('records of 64 GiB have at most a thousandth of its bytes, and follow the part that is hot', () => {
  const bytes = 64 * 2 ** 30;
  const records = new HeatRecords({ pages: bytes / PAGE_SIZE });
  assert.equal(records.bytes.length, bytes / PAGE_SIZE);
  assert.ok(records.stats.memoryBytes <= bytes / 1000, String(records.stats.memoryBytes));
  heatUp(records, 2 ** 20, 2 ** 12, 16);
  assert.ok(records.stats.memoryBytes <= bytes / 1000);
  assert.equal(records.unitPages(0), 1);
  assert.equal(records.unitPages(2 ** 19), PMD_PAGES);
});

test('where everything is hot, the room for small units is never exceeded', () => {
  const bytes = 2 ** 30;
  const records = new HeatRecords({ pages: bytes / PAGE_SIZE });
  heatUp(records, 2 ** 18, 2 ** 18, 24);
  const { memoryBytes, groups } = records.stats;
  assert.ok(memoryBytes <= bytes / 1000, String(memoryBytes));
  // A group has 8 units of 40 bytes. Most of the room is in use, and no more than all of it.
  const room = (bytes / 1000 - 2 ** 18 - 512 * 40) / 320;
  assert.ok(groups > room / 2 && groups <= room, `${groups} of ${room}`);
});

test('small regions have their bytes and a record for each 2 MiB', () => {
  for (const pages of [1, 16, 511, 512, 513, 4096, 25_000]) {
    const { memoryBytes } = new HeatRecords({ pages }).stats;
    const least = pages + (Math.ceil(pages / PMD_PAGES) + 8) * 40;
    assert.ok(memoryBytes <= Math.max(least, (pages * PAGE_SIZE) / 1000), `${pages}: ${memoryBytes}`);
  }
});

test('a page that was never watched is unknown, and one that was not watched for long is unknown again', () => {
  const records = new HeatRecords({ pages: 4 * PMD_PAGES, forgetMs: 10_000 });
  records.observe(PMD_PAGES, PMD_PAGES, 10 * MS, UNTOUCHED, 1e9, 0, 0);
  records.observe(3 * PMD_PAGES, PMD_PAGES, 10 * MS, MS, 1e9, 0, 0);
  const known = (): number[] => [0, 1, 2, 3].filter((unit) => records.bytes[unit * PMD_PAGES] !== 0);
  assert.deepEqual(known(), [1, 3]);
  // Known to be cold is not unknown.
  assert.equal(records.bytes[PMD_PAGES], 0x10);
  records.adapt(10e9);
  assert.deepEqual(known(), [1, 3]);
  records.observe(PMD_PAGES, PMD_PAGES, 10 * MS, UNTOUCHED, 10e9, 0, 0);
  records.adapt(12e9);
  assert.deepEqual(known(), [1]);
  assert.equal(sumsOf(records, 12e9).pages, PMD_PAGES);
  records.adapt(30e9);
  assert.deepEqual(known(), []);
});

test('split units that nobody watches any more are forgotten with their groups', () => {
  const records = new HeatRecords({ pages: 2 * PMD_PAGES, forgetMs: 10_000 });
  const pages = new PoissonPages(records.pages, records);
  pages.rates.fill(1000);
  for (let i = 0; i < 30; i++) {
    watchAll(records, pages, MS);
    pages.nowNs += 10 * MS;
    records.adapt(pages.nowNs);
  }
  assert.ok(records.stats.groups > 0);
  records.adapt(pages.nowNs + 20e9);
  assert.equal(records.stats.groups, 0);
  assert.ok(records.bytes.every((byte) => byte === 0));
});

test('the byte decays: the recency of a page that is not accessed falls step by step', () => {
  const records = new HeatRecords({ pages: 512 });
  records.observe(0, 512, 10 * MS, MS, 1e9, 0, 0);
  const levels = [0, 20, 40, 100, 1000, 10_000, 50_000].map((ms) => {
    records.adapt(1.001e9 + ms * MS);
    return byteAgeLevel(records.bytes[7]!);
  });
  assert.deepEqual(levels, [15, 14, 13, 12, 9, 5, 3]);
});

test('adapt visits as many blocks as it is given, and continues there', () => {
  const records = new HeatRecords({ pages: 10 * PMD_PAGES });
  records.observe(0, records.pages, 10 * MS, MS, 1e9, 0, 0);
  const old = (): number =>
    [...Array(10).keys()].filter((b) => byteAgeLevel(records.bytes[b * PMD_PAGES]!) < 15).length;
  // Of ten units it is not known which was accessed.
  assert.equal(old(), 10);
  for (let block = 0; block < 10; block++) records.observe(block * PMD_PAGES, 1, 10 * MS, MS, 1e9, 0, 0);
  assert.equal(old(), 0);
  records.adapt(2e9, 4);
  assert.equal(old(), 4);
  records.adapt(2e9, 4);
  assert.equal(old(), 8);
  records.adapt(2e9, 4);
  assert.equal(old(), 10);
});

test('a region grows: its bytes are in the same shared memory, and new pages are unknown', () => {
  const records = new HeatRecords({ pages: 528, maxPages: 100_000, halfLifeMs: 1000 });
  const { bytes } = records;
  const { buffer } = bytes;
  assert.ok(buffer instanceof SharedArrayBuffer);
  const pages = new PoissonPages(100_000, records);
  pages.rates.fill(100);
  for (let size = 528; size < 20_000; size += 16) {
    pages.watch(0, Math.min(512, records.pages), MS);
    pages.watch(size - 16, 16, MS);
    pages.nowNs += MS;
    records.adapt(pages.nowNs);
    records.grow(size + 16);
    assert.equal(records.bytes.length, size + 16);
    assert.equal(bytes[size], 0);
    assert.equal(bytes[size + 15], 0);
  }
  assert.equal(records.bytes.buffer, buffer);
  assert.notEqual(bytes[0], 0);
  // What is known of whole blocks of 2 MiB stays.
  records.observe(19_968, 10, MS, 0, pages.nowNs, 0, 0);
  records.grow(100_000);
  assert.notEqual(bytes[0], 0);
  assert.equal(bytes[99_999], 0);
});

test('however a region has grown, its records have at most a thousandth of its bytes', () => {
  for (const by of [16, 512, 5000, 70_000]) {
    const records = new HeatRecords({ pages: 2 ** 15, maxPages: 2 ** 20 });
    while (records.pages + by <= 2 ** 20) {
      records.grow(records.pages + by);
      const { memoryBytes } = records.stats;
      assert.ok(memoryBytes <= (records.pages * PAGE_SIZE) / 1000, `${records.pages} pages: ${memoryBytes}`);
    }
  }
});

test('options that are wrong are named', () => {
  const wrong: readonly (readonly [object, string])[] = [
    [{ pages: 0 }, 'options.pages'],
    [{ pages: 1.5 }, 'options.pages'],
    [{ pages: '4' }, 'options.pages'],
    [{ pages: 10, maxPages: 9 }, 'options.maxPages'],
    [{ pages: 10, halfLifeMs: 0 }, 'options.halfLifeMs'],
    [{ pages: 10, halfLifeMs: Number.NaN }, 'options.halfLifeMs'],
    [{ pages: 10, forgetMs: -1 }, 'options.forgetMs'],
    [{ pages: 10, minUnitPages: 2 }, 'options.minUnitPages'],
  ];
  for (const [options, argument] of wrong) {
    assert.throws(
      () => new HeatRecords(options as HeatRecordsOptions),
      (error) => error instanceof MigrationError && error.code === 'EINVAL' && error.argument === argument,
      argument,
    );
  }
  const records = new HeatRecords({ pages: 10, maxPages: 20 });
  for (const pages of [9, 21, 10.5]) assert.throws(() => records.grow(pages), { code: 'EINVAL' });
});
