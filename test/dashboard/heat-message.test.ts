import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../../src/common/page.js';
import { heatMessage } from '../../src/dashboard/live/heat-message.js';
import type { HeatMessage } from '../../src/dashboard/messages.js';
import { HeatRecords } from '../../src/heat/heat-records.js';
import type { HeatSnapshot } from '../../src/heat/heat-snapshot.js';
import { HeatGrid } from '../../src/heat/map/heat-grid.js';
import { KIND_UNKNOWN, KIND_WRITE, NO_THREAD, UNTOUCHED } from '../../src/heat/observation.js';
import { snapshotOf } from '../../src/heat/snapshot-json.js';
import { takeSnapshot } from '../../src/heat/take-snapshot.js';
import { workingSets } from '../../src/heat/working-set.js';

const MS = 1e6;
const SEES = { reads: true, writes: true, kinds: true, threads: false };
const COST = { cpuNs: 12_345, stalledNs: 678, units: 9, touched: 4 };

/** Four units: used all the time, used by nobody, known for a page in it, and unknown. */
function records(): HeatRecords {
  const all = new HeatRecords({ pages: 4 * PMD_PAGES, halfLifeMs: 1000 });
  for (let i = 1; i <= 20; i++) {
    const atNs = i * 100 * MS;
    all.observe(
      0,
      PMD_PAGES,
      10 * MS,
      (i % 3) * MS,
      atNs,
      i % 2 === 0 ? KIND_WRITE : KIND_UNKNOWN,
      NO_THREAD,
    );
    all.observe(PMD_PAGES, PMD_PAGES, 10 * MS, UNTOUCHED, atNs, KIND_UNKNOWN, NO_THREAD);
  }
  all.observe(2 * PMD_PAGES, 1, 10 * MS, MS, 2000 * MS, KIND_WRITE, NO_THREAD);
  return all;
}

/** As it comes out of the JSON that is sent. */
function sent(unitBytes: number): { readonly before: HeatSnapshot; readonly message: HeatMessage } {
  const all = records();
  const atNs = 2100 * MS;
  const before = takeSnapshot(all, { unitBytes, atNs, source: 'test', sees: SEES });
  const watched = { snapshot: before, workingSets: workingSets(all, atNs), watchedNs: 0, cost: COST };
  return { before, message: JSON.parse(JSON.stringify(heatMessage(3, watched))) as HeatMessage };
}

for (const unitBytes of [PAGE_SIZE, PMD_SIZE, 2 * PMD_SIZE]) {
  test(`a snapshot comes out of its message as it went in, to four digits (units of ${unitBytes})`, () => {
    const { before, message } = sent(unitBytes);
    const after = snapshotOf(message.snapshot);
    const { rate, age, observations, known, written, recordPages, ...rest } = after;
    for (const key of Object.keys(rest) as (keyof typeof rest)[])
      assert.deepEqual(after[key], before[key], key);
    assert.deepEqual(Object.keys(after).sort(), Object.keys(before).sort());
    assert.deepEqual(recordPages, before.recordPages);
    for (const [name, values] of Object.entries({ rate, age, observations, known, written })) {
      const wanted = before[name as 'rate' | 'age' | 'observations' | 'known' | 'written'];
      assert.equal(values.length, wanted.length);
      for (const [unit, value] of values.entries()) {
        const want = wanted[unit]!;
        const same = Number.isNaN(want) ? Number.isNaN(value) : Math.abs(value - want) <= 1e-3 * want;
        assert.ok(same, `${name} of unit ${unit}: ${value}, not ${want}`);
        if (name === 'known') assert.equal(value === 1, want === 1);
      }
    }
  });
}

test('what is unknown stays unknown on the map of the page', () => {
  const { before, message } = sent(PMD_SIZE);
  assert.deepEqual(message.snapshot.rate[3], null);
  assert.equal(message.snapshot.rate[1], 0);
  const shape = { rows: 4, columns: 2, offset: 0, bytes: 4 * PMD_SIZE, fromMs: 100, toMs: 2100 };
  const levels = (snapshot: HeatSnapshot): number[] => {
    const grid = new HeatGrid(shape);
    grid.add(snapshot, 1100);
    return Array.from({ length: 8 }, (_, cell) => grid.level(Math.floor(cell / 2), cell % 2));
  };
  const drawn = levels(snapshotOf(message.snapshot));
  assert.deepEqual(drawn, levels(before));
  // The first column is before the snapshot's time, and nobody has watched the last row.
  assert.deepEqual(
    drawn.map((level) => level > 0),
    [false, true, false, true, false, true, false, false],
  );
  assert.ok(drawn[1]! > drawn[3]!);
});

test('a message has the working-set curve and the cost, as they are', () => {
  const { message } = sent(PMD_SIZE);
  assert.equal(message.region, 3);
  assert.deepEqual(message.cost, COST);
  assert.deepEqual(message.workingSets, workingSets(records(), 2100 * MS));
  assert.deepEqual(
    message.workingSets.map(({ windowMs }) => windowMs),
    [1000, 10_000, 60_000],
  );
});
