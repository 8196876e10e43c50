import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, maxBytes } from '../../src/bench/move/cells.js';
import type { MoveOptions } from '../../src/bench/move/options.js';

const M = 2 ** 20;
const OPTIONS: MoveOptions = {
  folios: [4096, 2 * M],
  migrators: ['baseline'],
  channels: [1],
  threads: [2],
  device: 'soft',
  bytes: 256 * M,
  runs: 1,
  layout: 'contiguous',
  gapModes: ['skip'],
  maxBatch: 32 * 2 ** 20,
  seed: 1,
};

function cells(options: MoveOptions, fits: number) {
  const notes: string[] = [];
  return { cells: cellsOf(options, fits, (note) => notes.push(note)), notes };
}

test('without batches there is a cell for each folio size, as large as fits', () => {
  const all = cells(OPTIONS, 1024 * M);
  assert.deepEqual(all.cells, [
    { folioSize: 4096, batch: null, bytes: 256 * M },
    { folioSize: 2 * M, batch: null, bytes: 256 * M },
  ]);
  assert.deepEqual(all.notes, []);
  const less = cells(OPTIONS, 100 * M);
  assert.ok(less.cells.every(({ bytes }) => bytes === 100 * M));
  assert.match(less.notes.join(), /--bytes lowered from 256M to 100M/);
});

test('a batch is called as often as the bytes of a run have room for, at least once', () => {
  const batch = [1, 48, 512];
  assert.equal(maxBytes({ ...OPTIONS, batch }), 1024 * M);
  assert.deepEqual(
    cells({ ...OPTIONS, batch }, 1024 * M).cells.map((cell) => [cell.batch, cell.bytes / M]),
    [
      [1, 256],
      [48, 192],
      [512, 1024],
    ],
  );
});

test('batches that do not fit are left out with a note', () => {
  const { cells: left, notes } = cells({ ...OPTIONS, batch: [1, 512, 8192] }, 100 * M);
  assert.deepEqual(
    left.map(({ batch, bytes }) => [batch, bytes / M]),
    [[1, 100]],
  );
  assert.match(notes.join(), /omitted: 512, 8192 folios/);
});
