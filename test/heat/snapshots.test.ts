import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../../src/common/page.js';
import { ADVICE } from '../../src/heat/advice.js';
import { HeatRecords } from '../../src/heat/heat-records.js';
import { bytesOfUnit, type HeatSnapshot, snapshotArrays } from '../../src/heat/heat-snapshot.js';
import { hottest } from '../../src/heat/hottest.js';
import { KIND_READ, KIND_WRITE, type Sight, UNTOUCHED } from '../../src/heat/observation.js';
import { snapshotJson, snapshotOf, unitJson } from '../../src/heat/snapshot-json.js';
import { takeSnapshot } from '../../src/heat/take-snapshot.js';
import { PoissonPages } from './poisson-pages.js';

const MS = 1e6;
const SEES: Sight = { reads: true, writes: true, kinds: true, threads: false };
const REQUEST = { source: 'test', sees: SEES };

/** Records of some blocks at every resolution, with unknown parts, and with an end that is not one of 2 MiB. */
function mixedRecords(): { records: HeatRecords; atNs: number } {
  const records = new HeatRecords({ pages: 9 * PMD_PAGES + 100, halfLifeMs: 1000 });
  const pages = new PoissonPages(records.pages, records);
  for (let i = 0; i < records.pages; i++) pages.rates[i] = pages.random() < 0.01 ? 200 : 0.05;
  pages.writes = 0.5;
  for (let i = 0; i < 30; i++) {
    for (let page = 0; page < records.pages; ) {
      const unit = records.unitPages(page);
      const block = Math.floor(page / PMD_PAGES);
      if (block !== 2 && block !== 7) pages.watch(page, unit, 20 * MS);
      page += unit;
    }
    pages.nowNs += 100 * MS;
    records.adapt(pages.nowNs);
  }
  assert.equal(records.unitPages(2 * PMD_PAGES), PMD_PAGES);
  assert.ok(records.stats.groups > 20);
  return { records, atNs: pages.nowNs };
}

const { records, atNs } = mixedRecords();

/** NaN is none, for sums and minimums. */
function sum(values: Float32Array, from: number, to: number): number {
  let all = Number.NaN;
  for (const value of values.subarray(from, to)) if (!Number.isNaN(value)) all = (all || 0) + value;
  return all;
}

function min(values: Float32Array, from: number, to: number): number {
  return values.subarray(from, to).reduce((a, b) => (!(a <= b) && !Number.isNaN(b) ? b : a), Number.NaN);
}

function near(a: number, b: number, what: string): void {
  if (Number.isNaN(a) && Number.isNaN(b)) return;
  assert.ok(Math.abs(a - b) <= 1e-4 * Math.max(Math.abs(a), 1e-9), `${what}: ${a} and ${b}`);
}

test('snapshots of all unit sizes agree with each other', () => {
  const fine = takeSnapshot(records, { ...REQUEST, unitBytes: PAGE_SIZE, atNs });
  assert.equal(fine.rate.length, records.pages);
  for (let unitBytes = 2 * PAGE_SIZE; unitBytes <= 2 ** 30; unitBytes *= 2) {
    const coarse = takeSnapshot(records, { ...REQUEST, unitBytes, atNs });
    const each = unitBytes / PAGE_SIZE;
    assert.equal(coarse.rate.length, Math.ceil(records.pages / each));
    let bytes = 0;
    for (let unit = 0; unit < coarse.rate.length; unit++) {
      const [from, to] = [unit * each, Math.min((unit + 1) * each, records.pages)];
      const what = `unit ${unit} of ${unitBytes}`;
      near(coarse.rate[unit]!, sum(fine.rate, from, to), `rate of ${what}`);
      near(coarse.age[unit]!, min(fine.age, from, to), `age of ${what}`);
      near(coarse.observations[unit]!, sum(fine.observations, from, to), `observations of ${what}`);
      near(coarse.known[unit]! * (to - from), sum(fine.known, from, to), `known of ${what}`);
      assert.equal(coarse.recordPages[unit], Math.max(...fine.recordPages.subarray(from, to)), what);
      bytes += bytesOfUnit(coarse, unit);
    }
    assert.equal(bytes, records.pages * PAGE_SIZE);
  }
});

test('unknown stays unknown, in each array and at each size', () => {
  const snapshot = takeSnapshot(records, { ...REQUEST, unitBytes: PMD_SIZE, atNs });
  for (const unit of [2, 7]) {
    assert.ok(Number.isNaN(snapshot.rate[unit]));
    assert.ok(Number.isNaN(snapshot.age[unit]));
    assert.ok(Number.isNaN(snapshot.written[unit]));
    assert.deepEqual(
      [snapshot.observations[unit], snapshot.known[unit], snapshot.recordPages[unit]],
      [0, 0, 0],
    );
  }
  // A larger unit has the rates of its known part, and says how large that is.
  const large = takeSnapshot(records, { ...REQUEST, unitBytes: 8 * PMD_SIZE, atNs });
  assert.ok(large.rate[0]! > 0);
  assert.equal(large.known[0], 0.75);
  const none = takeSnapshot(new HeatRecords({ pages: 5 }), { ...REQUEST, unitBytes: PAGE_SIZE, atNs });
  assert.ok(none.rate.every(Number.isNaN));
});

test('a part of a region is that part of its snapshot, and arrays can be used again', () => {
  const whole = takeSnapshot(records, { ...REQUEST, unitBytes: 16 * PAGE_SIZE, atNs });
  const part = {
    ...REQUEST,
    unitBytes: 16 * PAGE_SIZE,
    offset: PMD_SIZE,
    bytes: 3 * PMD_SIZE + 5 * PAGE_SIZE,
    atNs,
  };
  const cut = takeSnapshot(records, part);
  assert.equal(cut.rate.length, 97);
  assert.deepEqual(cut.rate.subarray(0, 96), whole.rate.subarray(32, 128));
  assert.equal(bytesOfUnit(cut, 96), 5 * PAGE_SIZE);
  const again = takeSnapshot(records, { ...part, offset: 2 * PMD_SIZE }, cut);
  assert.equal(again.rate, cut.rate);
  assert.ok(Number.isNaN(again.rate[0]));
  assert.notEqual(takeSnapshot(records, { ...part, bytes: PMD_SIZE }, cut).rate, cut.rate);
});

test('requests that are wrong are named', () => {
  const wrong: readonly (readonly [object, string])[] = [
    [{ unitBytes: 2048 }, 'options.unitBytes'],
    [{ unitBytes: 12_288 }, 'options.unitBytes'],
    [{ unitBytes: 2 ** 31 }, 'options.unitBytes'],
    [{ unitBytes: '4096' }, 'options.unitBytes'],
    [{ unitBytes: PMD_SIZE, offset: PAGE_SIZE }, 'options.offset'],
    [{ unitBytes: PMD_SIZE, offset: 2 ** 40 }, 'options.offset'],
    [{ unitBytes: PMD_SIZE, bytes: 0 }, 'options.bytes'],
    [{ unitBytes: PMD_SIZE, bytes: 100 }, 'options.bytes'],
    [{ unitBytes: PMD_SIZE, bytes: 2 ** 40 }, 'options.bytes'],
  ];
  for (const [request, argument] of wrong) {
    const all = { ...REQUEST, atNs, ...request } as Parameters<typeof takeSnapshot>[1];
    assert.throws(() => takeSnapshot(records, all), { code: 'EINVAL', argument });
  }
});

test('a record larger than the unit is spread evenly, and says so', () => {
  const two = new HeatRecords({ pages: 2 * PMD_PAGES });
  two.observe(0, PMD_PAGES, 100 * MS, 10 * MS, 1e9, KIND_WRITE, 0);
  two.observe(PMD_PAGES, PMD_PAGES, 100 * MS, UNTOUCHED, 1e9, KIND_READ, 0);
  const { rate, known, observations, recordPages, written, age } = takeSnapshot(two, {
    ...REQUEST,
    unitBytes: PAGE_SIZE,
    atNs: 1.11e9,
  });
  near(rate[5]!, 100 / 512, 'rate');
  near(age[5]!, 100, 'age');
  near(observations[5]!, 2 ** (-0.1 / 2) / 512, 'observations');
  assert.deepEqual([known[5], recordPages[5], written[5]], [1, 512, 1]);
  assert.deepEqual([rate[600], known[600]], [0, 1]);
  assert.ok(Number.isNaN(age[600]) && Number.isNaN(written[600]));
});

function ofRates(rates: readonly number[]): HeatSnapshot {
  const arrays = snapshotArrays(rates.length);
  arrays.rate.set(rates);
  const bytes = rates.length * PAGE_SIZE;
  return { atMs: 0, offset: 0, bytes, unitBytes: PAGE_SIZE, source: 'test', sees: SEES, ...arrays };
}

test('the hottest units are those of the largest rates, in order', () => {
  const rate = fc.oneof(
    fc.constantFrom(Number.NaN, 0, 1, 1.0000001, 7),
    fc.float({ min: 0, max: Math.fround(1e6), noNaN: true }),
  );
  fc.assert(
    fc.property(
      fc.array(rate, { minLength: 1, maxLength: 60 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (rates, share) => {
        const snapshot = ofRates(rates);
        const sorted = [...snapshot.rate.keys()]
          .filter((unit) => snapshot.rate[unit]! > 0)
          .sort((a, b) => snapshot.rate[b]! - snapshot.rate[a]! || a - b);
        const wanted = share === 0 ? 0 : Math.max(1, Math.round(rates.length * share));
        assert.deepEqual([...hottest(snapshot, share)], sorted.slice(0, wanted));
      },
    ),
  );
});

test('a share of the hottest that is not one is named', () => {
  for (const share of [
    -0.1,
    1.1,
    Number.NaN,
    '0.5',
    1n,
    Symbol('half'),
    null,
    undefined,
    { valueOf: () => 1 },
  ]) {
    assert.throws(() => hottest(ofRates([1]), share as number), {
      name: 'MigrationError',
      code: 'EINVAL',
      argument: 'share',
    });
  }
});

test('what is not a snapshot is named, also if it cannot be read', () => {
  const throwing = () => {
    throw new Error('mine');
  };
  const others: readonly unknown[] = [
    undefined,
    null,
    7,
    'rate',
    {},
    [],
    { rate: [1] },
    { rate: new Float64Array(1) },
    { rate: Object.create(Float32Array.prototype) },
    { snapshot: ofRates([1]) },
    new Proxy({}, { get: throwing }),
  ];
  for (const other of others) {
    assert.throws(() => hottest(other as HeatSnapshot, 0.1), {
      name: 'MigrationError',
      code: 'EINVAL',
      argument: 'snapshot',
    });
  }
  const { rate } = ofRates([1, 3, 2]);
  const ofAnotherRealm = runInNewContext('Float32Array.from(rate)', { rate });
  assert.deepEqual([...hottest({ ...ofRates([0]), rate: ofAnotherRealm }, 1)], [1, 2, 0]);
});

test('JSON of a snapshot has its names and values, null is NaN, and it is read back', () => {
  const { records, atNs } = mixedRecords();
  records.advice.set(0, 10, ADVICE.hot);
  const snapshot = takeSnapshot(records, { ...REQUEST, unitBytes: PMD_SIZE, atNs });
  const json = snapshotJson(snapshot);
  assert.deepEqual(Object.keys(json).sort(), Object.keys(snapshot).sort());
  const text = JSON.parse(JSON.stringify(json));
  assert.deepEqual(text, json);
  const back = snapshotOf(text);
  for (const name of ['rate', 'age', 'observations', 'known', 'written', 'recordPages', 'advice'] as const) {
    assert.equal(back[name].constructor, snapshot[name].constructor);
    assert.equal(back[name].length, snapshot[name].length);
    for (const [unit, value] of snapshot[name].entries()) {
      const got = back[name][unit]!;
      assert.ok(
        Number.isNaN(value) ? Number.isNaN(got) : Math.abs(got - value) <= 1e-3 * Math.abs(value),
        name,
      );
      assert.equal(unitJson(snapshot, unit)[name], json[name][unit]);
    }
  }
  assert.ok(json.rate.includes(null) && json.rate.some((rate) => rate !== null));
  assert.ok(json.advice.includes(ADVICE.mixed));
});
