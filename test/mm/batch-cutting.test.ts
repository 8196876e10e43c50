import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batch, NO_FRAME } from '../../src/mm/pipeline/batch.js';
import { FOLIO_LISTED } from '../../src/mm/pipeline/folio-state.js';
import type { Folio } from '../machine/hand-migration.js';
import { SpyMigrator } from '../offload/spy-migrator.js';
import { checkFolios, FIRST, folioList, machineWith, migrate, row, TARGET } from './scenario.js';

/** The orders of each batch that a list is cut into. */
function cut(orders: readonly number[], maxPages: number, capacity = 512): number[][] {
  const list = folioList(orders.map((order, i): Folio => [i * 512, order]));
  const batch = new Batch(1, capacity);
  const batches: number[][] = [];
  for (let next = 0; next < list.length; ) {
    next = batch.refill(list, next, maxPages);
    const taken = Array.from(batch.order.subarray(0, batch.length));
    assert.equal(
      batch.pages,
      taken.reduce((sum, order) => sum + 2 ** order, 0),
    );
    batches.push(taken);
  }
  return batches;
}

test('a batch holds no more base pages than the limit', () => {
  assert.deepEqual(cut([4, 4, 4, 4, 0], 32), [[4, 4], [4, 4], [0]]);
  assert.deepEqual(cut([4, 0, 4], 32), [[4, 0], [4]]);
});

test('a folio larger than the limit has a batch to itself', () => {
  assert.deepEqual(cut([0, 9, 0, 0], 32), [[0], [9], [0, 0]]);
});

test('the order of the list is kept: a small folio does not overtake a large one', () => {
  assert.deepEqual(cut([0, 5, 0], 32), [[0], [5], [0]]);
});

test('a batch ends when its arrays are full', () => {
  assert.deepEqual(cut([0, 0, 0], 32, 2), [[0, 0], [0]]);
});

test('a batch that is filled again has forgotten what it was before', () => {
  const batch = new Batch(1, 2);
  const list = folioList(row(4));
  batch.refill(list, 0, 512);
  for (const array of [batch.src, batch.dst, batch.state, batch.copied, batch.ready, batch.errno])
    array.fill(1);
  batch.refill(list, 2, 512);
  assert.deepEqual([...batch.src, ...batch.dst], [NO_FRAME, NO_FRAME, NO_FRAME, NO_FRAME]);
  assert.deepEqual([...batch.state], [FOLIO_LISTED, FOLIO_LISTED]);
  assert.deepEqual([...batch.copied, ...batch.ready, ...batch.errno], [0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...batch.page], [FIRST + 2, FIRST + 3]);
});

test('the pipeline cuts a list of mixed orders at batchPages', () => {
  const fake = machineWith();
  const migrator = new SpyMigrator(fake);
  const folios: Folio[] = [...row(3), [FIRST + 16, 4], [FIRST + 32, 4], [FIRST + 512, 9], [FIRST + 4, 0]];
  migrate(fake, folios, { migrator, batchPages: 32 });
  assert.deepEqual(
    migrator.lists.map((list) => list.map((page) => page - FIRST)),
    [[0, 1, 2, 16], [32], [512], [4]],
  );
  checkFolios(fake, folios, TARGET);
});

test('the parts of split folios are cut at batchPages too', () => {
  const fake = machineWith({ onTake: (_page, _attempt, order) => (order > 0 ? 12 : 0) });
  const migrator = new SpyMigrator(fake);
  migrate(fake, row(2, 4), { migrator, batchPages: 20 });
  assert.deepEqual(
    migrator.lists.map((list) => list.length),
    [16, 16],
  );
});

test('a list longer than any batch moves to its end', () => {
  const fake = machineWith();
  assert.equal(migrate(fake, row(1024), { batchPages: 100 }).result, 0);
  checkFolios(fake, row(1024), TARGET);
});

test('a limit above the whole list makes one batch', () => {
  const fake = machineWith();
  const { stats } = migrate(fake, row(1024), { batchPages: 262144 });
  assert.equal(stats.get('batches'), 1);
});
