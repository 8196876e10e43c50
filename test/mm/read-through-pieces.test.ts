import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Folio } from '../machine/hand-migration.js';
import { RecordingMachine } from '../machine/recording-machine.js';
import { RunFakeMachine } from '../machine/run-fake-machine.js';
import {
  checkFolios,
  checkStats,
  FIRST,
  machineWith,
  migrate,
  PAGES,
  row,
  SOURCE,
  TARGET,
} from './scenario.js';

/** Folios that are out at once at most, and pieces, for batches of 32 pages. */
function swaps(folios: readonly Folio[], pages: number): { readonly most: number; readonly pieces: number } {
  let out = 0;
  let most = 0;
  const fake = machineWith({
    onUnmap: (_page, _attempt, order) => {
      out += 1 << order;
      most = Math.max(most, out);
      return 0;
    },
    onMap: (_page, _attempt, order) => {
      out -= 1 << order;
      return 0;
    },
  });
  const machine = new RecordingMachine(fake);
  const { result, stats } = migrate(fake, folios, {
    machine,
    maxBatchedMigration: 32,
    readThrough: { pages },
  });
  assert.equal(result, 0);
  checkFolios(fake, folios, TARGET);
  checkStats(stats, { read_through_folios: folios.length });
  assert.equal(machine.sequence('swapping').length, stats.get('batches'));
  return { most, pieces: machine.sequence('recheck').length };
}

for (const pages of [1, 2, 3, 5, 8, 31, 32, 33, 512]) {
  test(`pieces of ${pages} pages: so many are out at once, and no more`, () => {
    assert.deepEqual(swaps(row(64), pages), {
      most: Math.min(pages, 32),
      pieces: 2 * Math.ceil(32 / Math.min(pages, 32)),
    });
  });
}

test('a folio that is larger than a piece is one of its own', () => {
  assert.deepEqual(swaps(row(4, 3), 1), { most: 8, pieces: 4 });
  assert.deepEqual(
    swaps(
      [
        [FIRST, 0],
        [FIRST + 4, 2],
        [FIRST + 8, 3],
        [FIRST + 1, 0],
      ],
      5,
    ),
    { most: 8, pieces: 3 },
  );
});

test('a piece that is no number of pages takes one folio at a time', () => {
  assert.deepEqual(swaps(row(8), Number.NaN), { most: 1, pieces: 8 });
  assert.deepEqual(swaps(row(8), 0), { most: 1, pieces: 8 });
});

for (const [pages, order] of [
  [3, 0],
  [16, 0],
  [16, 2],
  [262_144, 1],
] as const) {
  test(`a machine that does runs at a stroke, with pieces of ${pages} pages and folios of order ${order}`, () => {
    const fake = new RunFakeMachine({ capacity: [2048, 2048], pageBytes: 64 });
    fake.memory.populate(FIRST, PAGES, SOURCE);
    const folios = row(128 >> order, order);
    // Three batches of one shape and one of another: pieces are used again, and made anew.
    const { result, stats } = migrate(fake, folios, { maxBatchedMigration: 36, readThrough: { pages } });
    assert.equal(result, 0);
    checkFolios(fake, folios, TARGET);
    checkStats(stats, { read_through_folios: folios.length, folios_moved: folios.length, batches: 4 });
  });
}
