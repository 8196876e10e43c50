import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { MIGRATE_STATS, MigrateStats } from '../../src/mm/stats.js';
import { checkStats, FIRST, machineWith, migrate, row } from './scenario.js';

test('pages are counted as base pages, and 2M folios also as THPs', () => {
  const { stats } = migrate(machineWith(), [
    [FIRST, 0],
    [FIRST + 16, 4],
    [FIRST + 512, 9],
  ]);
  checkStats(stats, {
    nr_succeeded: 529,
    pgmigrate_success: 529,
    nr_thp_succeeded: 1,
    thp_migration_success: 1,
    folios_moved: 3,
    bytes_moved: 529 * 4096,
    nr_failed_pages: 0,
    pgmigrate_fail: 0,
  });
});

test('a folio that fails counts with all of its pages', () => {
  const fake = machineWith({ onMap: (_page, _attempt, order) => (order > 0 ? ERRNO.EIO : 0) });
  const { stats } = migrate(fake, [
    [FIRST, 0],
    [FIRST + 16, 4],
    [FIRST + 512, 9],
  ]);
  checkStats(stats, {
    nr_succeeded: 1,
    nr_failed_pages: 528,
    pgmigrate_fail: 528,
    folios_failed: 2,
    nr_thp_failed: 1,
    thp_migration_fail: 1,
    nr_thp_succeeded: 0,
  });
});

test('a split 2M folio counts as split, and its pages as what became of them', () => {
  const fake = machineWith({
    onTake: (_page, _attempt, order) => (order > 0 ? ERRNO.ENOMEM : 0),
    onCopy: (page) => (page === FIRST + 7 ? ERRNO.EHWPOISON : 0),
  });
  const { stats } = migrate(fake, [
    [FIRST, 9],
    [FIRST + 512, 4],
  ]);
  checkStats(stats, {
    nr_thp_split: 1,
    thp_migration_split: 1,
    nr_split: 2,
    splits: 2,
    nr_thp_failed: 0,
    nr_succeeded: 527,
    nr_failed_pages: 1,
  });
});

test('times are added up on the clock of the machine', () => {
  const { stats } = migrate(machineWith(), row(8));
  for (const name of ['destination_ns', 'unmap_ns', 'map_ns'] as const) assert.ok(stats.get(name) > 0, name);
});

test('counters of two migrations can be added up', () => {
  const one = migrate(machineWith(), row(3)).stats;
  const other = migrate(machineWith(), row(1, 9)).stats;
  one.merge(other);
  checkStats(one, { nr_succeeded: 515, batches: 2, nr_thp_succeeded: 1 });
});

test('counters can lie in memory that other threads read', () => {
  const bytes = Float64Array.BYTES_PER_ELEMENT * MIGRATE_STATS.length;
  const cells = new Float64Array(new SharedArrayBuffer(bytes));
  const stats = new MigrateStats(cells);
  stats.add('batches', 2);
  assert.equal(new MigrateStats(cells).get('batches'), 2);
  stats.reset();
  assert.deepEqual(new Set(Object.values(stats.toObject())), new Set([0]));
});
