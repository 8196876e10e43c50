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
function cutovers(
  folios: readonly Folio[],
  pages: number,
): { readonly max: number; readonly pieces: number } {
  let out = 0;
  let max = 0;
  const fake = machineWith({
    onUnmap: (_page, _attempt, order) => {
      out += 1 << order;
      max = Math.max(max, out);
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
    batchPages: 32,
    writeProtected: { pages },
  });
  assert.equal(result, 0);
  checkFolios(fake, folios, TARGET);
  checkStats(stats, { write_protected_folios: folios.length });
  assert.equal(machine.sequence('beginCutover').length, stats.get('batches'));
  return { max, pieces: machine.sequence('verifyProtection').length };
}

for (const pages of [1, 2, 3, 5, 8, 31, 32, 33, 512]) {
  test(`pieces of ${pages} pages: so many are out at once, and no more`, () => {
    assert.deepEqual(cutovers(row(64), pages), {
      max: Math.min(pages, 32),
      pieces: 2 * Math.ceil(32 / Math.min(pages, 32)),
    });
  });
}

test('a folio that is larger than a piece is one of its own', () => {
  assert.deepEqual(cutovers(row(4, 3), 1), { max: 8, pieces: 4 });
  assert.deepEqual(
    cutovers(
      [
        [FIRST, 0],
        [FIRST + 4, 2],
        [FIRST + 8, 3],
        [FIRST + 1, 0],
      ],
      5,
    ),
    { max: 8, pieces: 3 },
  );
});

test('a piece that is no number of pages takes one folio at a time', () => {
  assert.deepEqual(cutovers(row(8), Number.NaN), { max: 1, pieces: 8 });
  assert.deepEqual(cutovers(row(8), 0), { max: 1, pieces: 8 });
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
    const { result, stats } = migrate(fake, folios, { batchPages: 36, writeProtected: { pages } });
    assert.equal(result, 0);
    checkFolios(fake, folios, TARGET);
    checkStats(stats, { write_protected_folios: folios.length, folios_moved: folios.length, batches: 4 });
  });
}
