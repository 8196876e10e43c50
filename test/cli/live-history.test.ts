import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveHistory } from '../../src/cli/heat/live-history.js';
import { makeRecording } from '../heat/recordings.js';

const MADE = makeRecording({ pages: 1024, unitBytes: 2 ** 18 });
const FIRST = MADE.snapshots[0]!;
const SIZE = { rows: 4, columns: 50 };

/** A snapshot after so many intervals of a second. */
function at(seconds: number, cpuNs = 0) {
  const snapshot = { ...FIRST, atMs: seconds * 1000 };
  return { snapshot, workingSets: [], cost: { cpuNs, stalledNs: cpuNs / 2, units: 0, touched: 0 } };
}

test('of a long watch the last snapshots are kept, and the axis ends with the last one', () => {
  const history = new LiveHistory(0, 1000, 8, false);
  for (let seconds = 1; seconds <= 100; seconds++) history.add(at(seconds, seconds * 1e7));
  const { shape } = history.grid(SIZE);
  assert.deepEqual([shape.fromMs, shape.toMs], [93_000, 100_000]);
  assert.deepEqual([history.grid(SIZE, 3000).shape.fromMs], [97_000]);
  assert.deepEqual(history.cost(), { cpu: 0.01, stall: 0.005, seconds: 6 });
});

test('of a whole watch every part stays in the picture, without gaps', () => {
  for (const count of [1, 7, 8, 9, 100, 1000]) {
    const history = new LiveHistory(0, 1000, 8, true);
    for (let seconds = 1; seconds <= count; seconds++) history.add(at(seconds));
    const grid = history.grid(SIZE);
    assert.equal(grid.shape.fromMs, 0);
    // The last ones may wait for the next that is kept.
    assert.ok(grid.shape.toMs > 700 * count, `${grid.shape.toMs} of ${count}`);
    const { known } = FIRST;
    const first = Array.from({ length: SIZE.columns }, (_, column) => grid.level(0, column));
    assert.ok(known[0]! > 0 && first.every((level) => level > 0), `${count}: ${first}`);
  }
});

test('a gap in the snapshots is unknown', () => {
  const history = new LiveHistory(0, 1000, 100, false);
  for (const seconds of [1, 2, 30, 31]) history.add(at(seconds));
  const grid = history.grid({ rows: 1, columns: 31 });
  const known = Array.from({ length: 31 }, (_, column) => (grid.level(0, column) > 0 ? '#' : '?')).join('');
  assert.equal(known, `##${'?'.repeat(26)}###`);
});

test('a cost that begins again, or is not there, is not negative', () => {
  const history = new LiveHistory(0, 1000, 100, false);
  assert.equal(history.cost(), undefined);
  history.add(at(1, 1e9));
  assert.equal(history.cost(), undefined);
  history.add(at(2, 1e6));
  assert.deepEqual(history.cost(), { cpu: 0, stall: 0, seconds: 1 });
});
