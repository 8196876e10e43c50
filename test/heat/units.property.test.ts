import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PAGE_SIZE, PMD_PAGES } from '../../src/common/page.js';
import { heatByte } from '../../src/heat/heat-byte.js';
import { HeatRecords } from '../../src/heat/heat-records.js';
import { TOUCHED_SOMETIME, UNTOUCHED } from '../../src/heat/observation.js';
import { UNIT } from '../../src/heat/unit-tree.js';
import { amount } from '../deep.js';

const MAX_PAGES = 6 * PMD_PAGES;

const page = fc.integer({ min: 0, max: MAX_PAGES - 1 });
const touched = fc.oneof(
  fc.constantFrom(UNTOUCHED, TOUCHED_SOMETIME, 0),
  fc.integer({ min: 0, max: 100_000_000 }),
);

/** One thing that can happen to records, at `now` ns. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constant('observe' as const), page, fc.nat(2000), touched) },
  // As a source does: the units as they are, often, so that hot ones are split.
  { weight: 4, arbitrary: fc.tuple(fc.constant('units' as const), page, fc.nat(2000), touched) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('adapt' as const), fc.nat(8), fc.nat(3000), touched) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('grow' as const), fc.nat(700), fc.nat(1), touched) },
);

type Seven = [number, number, number, number, number, number, number];

/** The units tile the region, the bytes are those of the units, and nothing is a number that it cannot be. */
function check(records: HeatRecords, now: number): void {
  let next = 0;
  records.walk(
    {
      unit(first, pages, figures) {
        const [perPage, ageMs, observations, touches, watched, kinds, writes] = figures as unknown as Seven;
        assert.ok(first >= next && pages >= 1 && first + pages <= records.pages, `${first} after ${next}`);
        for (let unknown = next; unknown < first; unknown++) assert.equal(records.bytes[unknown], 0);
        next = first + pages;
        const span = records.unitPages(first);
        assert.equal(first % span, 0);
        assert.ok(pages === span || (pages < span && next === records.pages));
        assert.equal(records.unitPages(next - 1), span);
        for (const value of [perPage, observations, touches, watched, kinds, writes]) {
          assert.ok(value >= 0 && Number.isFinite(value), String(value));
        }
        assert.ok(writes <= kinds && kinds <= touches * 1.001);
        assert.ok(Number.isNaN(ageMs) || ageMs >= 0);
        assert.equal(records.bytes[first]! >> 4, heatByte(perPage, ageMs) >> 4);
        assert.ok(records.bytes.subarray(first, next).every((byte) => byte === records.bytes[first]));
      },
    },
    now,
  );
  for (let unknown = next; unknown < records.pages; unknown++) assert.equal(records.bytes[unknown], 0);
  const limit = (records.pages * PAGE_SIZE) / 1000 + 20 * 40;
  assert.ok(records.stats.memoryBytes <= limit);
}

/** Sums over all units. */
function sumsOf(records: HeatRecords, now: number): number[] {
  const sums = [0, 0, 0, 0, 0];
  records.walk(
    {
      unit(_page, _pages, figures) {
        for (const [i, value] of figures.subarray(UNIT.observations).entries()) sums[i]! += value;
      },
    },
    now,
  );
  return sums;
}

/** Splits, merges and decays, which change no sum. */
function adapt(records: HeatRecords, now: number, blocks: number): void {
  const before = sumsOf(records, now);
  records.adapt(now, blocks);
  for (const [i, sum] of sumsOf(records, now).entries()) {
    assert.ok(Math.abs(sum - before[i]!) <= 1e-4 * before[i]! + 1e-12, `${before[i]} and ${sum}`);
  }
}

test('whatever happens, units tile the region, sums stay, bytes are those of the units, and memory is bounded', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: MAX_PAGES }), fc.array(step, { maxLength: 60 }), (pages, steps) => {
      const records = new HeatRecords({ pages, maxPages: MAX_PAGES, halfLifeMs: 500, forgetMs: 1e9 });
      let now = 1e9;
      for (const [what, a, b, after] of steps) {
        switch (what) {
          case 'observe':
            records.observe(a, 1 + b, 100e6, after, now - 100e6, a % 3, 0);
            break;
          case 'units':
            for (let round = 0; round < 6; round++) {
              for (let i = a; i < Math.min(a + b, records.pages); i += records.unitPages(i)) {
                const unit = records.unitPages(i);
                records.observe(i - (i % unit), unit, 100e6, after, now - 100e6, b % 3, 0);
              }
              now += 10e6;
              adapt(records, now, records.pages);
            }
            break;
          case 'adapt':
            now += b * 1e6;
            adapt(records, now, a);
            break;
          case 'grow':
            records.grow(Math.min(MAX_PAGES, records.pages + a));
        }
        check(records, now);
      }
    }),
    { numRuns: amount(100, 400) },
  );
});
