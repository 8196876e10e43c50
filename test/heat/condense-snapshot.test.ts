import assert from 'node:assert/strict';
import { test } from 'node:test';
import { condenseSnapshot } from '../../src/heat/condense-snapshot.js';
import { HeatGrid } from '../../src/heat/map/heat-grid.js';
import { makeRecording } from './recordings.js';

const MADE = makeRecording({ pages: 8100, unitBytes: 4096 });
const LAST = MADE.snapshots.at(-1)!;

test('a snapshot with few units stays as it is', () => {
  assert.equal(condenseSnapshot(LAST, 8100), LAST);
});

test('a picture of larger units has the same rates, and the same part is unknown', () => {
  const large = condenseSnapshot(LAST, 1024);
  assert.deepEqual([large.unitBytes, large.rate.length], [8 * 4096, Math.ceil(8100 / 8)]);
  assert.deepEqual([large.bytes, large.atMs, large.source], [LAST.bytes, LAST.atMs, LAST.source]);
  const grids = [LAST, large].map((snapshot) => {
    const shape = { offset: 0, bytes: LAST.bytes, fromMs: LAST.atMs - 1000, toMs: LAST.atMs };
    const grid = new HeatGrid({ ...shape, rows: 9, columns: 1 });
    grid.add(snapshot, LAST.atMs - 1000);
    return grid;
  });
  const near = (a: number, b: number): void =>
    assert.ok((Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= 1e-3 * Math.abs(b), `${a} and ${b}`);
  for (let row = 0; row < 9; row++) near(grids[1]!.perPage(row, 0), grids[0]!.perPage(row, 0));
  near(grids[1]!.certainty().unknown, grids[0]!.certainty().unknown);
  assert.ok(grids[0]!.certainty().unknown > 0.1);
});

test('the latest access, the kinds of accesses and the largest record survive', () => {
  const large = condenseSnapshot(LAST, 1024);
  for (let to = 0; to < large.rate.length; to++) {
    const units = Array.from({ length: Math.min(8, 8100 - 8 * to) }, (_, i) => 8 * to + i);
    const ages = units.map((unit) => LAST.age[unit]!).filter((age) => !Number.isNaN(age));
    if (ages.length === 0) assert.ok(Number.isNaN(large.age[to]!));
    else assert.equal(large.age[to], Math.min(...ages));
    assert.equal(large.recordPages[to], Math.max(...units.map((unit) => LAST.recordPages[unit]!)));
    const written = units.map((unit) => LAST.written[unit]!).filter((part) => !Number.isNaN(part));
    if (written.length === 0) assert.ok(Number.isNaN(large.written[to]!));
    else {
      assert.ok(large.written[to]! >= Math.min(...written) - 1e-6);
      assert.ok(large.written[to]! <= Math.max(...written) + 1e-6);
    }
  }
});
