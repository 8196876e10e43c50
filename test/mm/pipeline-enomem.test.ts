import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { SpyAsyncMigrator } from '../offload/spy-async-migrator.js';
import {
  checkFolios,
  checkStats,
  FIRST,
  type MigrateOptions,
  machineWith,
  migrate,
  row,
  SOURCE,
  TARGET,
} from './scenario.js';

/** With an asynchronous migrator, and batches of four. */
const at = (depth: number): MigrateOptions & { migrator: SpyAsyncMigrator } => ({
  migrator: new SpyAsyncMigrator(),
  batchPages: 4,
  settings: { pipeline_depth: depth },
});

for (const depth of [1, 2, 3, 4]) {
  test(`depth ${depth}: the target is full for a batch while others are out: they move, the rest fails in order`, () => {
    const fake = machineWith({ capacity: [2048, 10] });
    const options = at(depth);
    const { result, failures, stats } = migrate(fake, row(24), options);
    assert.equal(result, -ERRNO.ENOMEM);
    assert.equal(options.migrator.max, Math.min(depth, 3));
    assert.equal(options.migrator.started, 3);
    checkFolios(fake, row(10), TARGET);
    checkFolios(fake, row(14, 0, FIRST + 10), SOURCE);
    assert.deepEqual(
      failures,
      row(14, 0, FIRST + 10).map(([page]) => ({ page, pages: 1, errno: ERRNO.ENOMEM })),
    );
    checkStats(stats, { batches: 3, nr_succeeded: 10, nr_failed_pages: 14, folios_failed: 14 });
  });

  test(`depth ${depth}: failures of the batches before come before those of the full target`, () => {
    const fake = machineWith({
      capacity: [2048, 10],
      onMap: (page) => (page === FIRST + 2 || page === FIRST + 5 ? ERRNO.EIO : 0),
    });
    const { result, failures } = migrate(fake, row(16), at(depth));
    assert.equal(result, -ERRNO.ENOMEM);
    const moved = row(16).filter(([page]) => fake.memory.nodeOf(page) === TARGET).length;
    assert.deepEqual(failures.slice(0, 2), [
      { page: FIRST + 2, pages: 1, errno: ERRNO.EIO },
      { page: FIRST + 5, pages: 1, errno: ERRNO.EIO },
    ]);
    assert.ok(failures.slice(2).every(({ errno }) => errno === ERRNO.ENOMEM));
    assert.equal(failures.length, 16 - moved);
    const pages = failures.slice(2).map(({ page }) => page);
    assert.deepEqual(
      pages,
      pages.toSorted((a, b) => a - b),
    );
  });

  test(`depth ${depth}: parts of a split folio that were out count once, with one failure for the folio`, () => {
    const fake = machineWith({
      onTake: (page, _, order) => (order === 2 && page === FIRST + 4 ? ERRNO.ENOMEM : 0),
      onMap: (page) => (page === FIRST + 5 || page === FIRST + 7 ? ERRNO.EIO : 0),
    });
    const { result, failures, stats } = migrate(fake, row(6, 2), at(depth));
    assert.equal(result, 1);
    assert.deepEqual(failures, [
      { page: FIRST + 5, pages: 1, errno: ERRNO.EIO },
      { page: FIRST + 7, pages: 1, errno: ERRNO.EIO },
    ]);
    checkStats(stats, { splits: 1, nr_succeeded: 22, nr_failed_pages: 2 });
    for (const page of [5, 7]) checkFolios(fake, [[FIRST + page, 0]], SOURCE);
    for (const page of [4, 6]) checkFolios(fake, [[FIRST + page, 0]], TARGET);
  });

  test(`depth ${depth}: several folios split while others are out: each counts once`, () => {
    const withHoles = [1, 2, 4];
    const fake = machineWith();
    for (const i of withHoles) fake.memory.forget(FIRST + i * 4 + 3);
    const { result, stats } = migrate(fake, row(6, 2), at(depth));
    assert.equal(result, 0);
    checkStats(stats, { splits: 3, nr_succeeded: 21, folios_absent: 3, nr_failed_pages: 0 });
    for (let i = 0; i < 24; i++) {
      if (fake.memory.has(FIRST + i)) checkFolios(fake, [[FIRST + i, 0]], TARGET);
    }
  });

  test(`depth ${depth}: the target is full for the parts of a split folio: the rest of them and of the list fails`, () => {
    // One folio of four, then two of the parts of the one that finds no four.
    const fake = machineWith({ capacity: [2048, 6] });
    const { result, failures } = migrate(fake, row(5, 2), at(depth));
    assert.equal(result, -ERRNO.ENOMEM);
    checkFolios(fake, row(6), TARGET);
    checkFolios(fake, row(14, 0, FIRST + 6), SOURCE);
    assert.deepEqual(
      failures.flatMap(({ page, pages, errno }) => {
        assert.equal(errno, ERRNO.ENOMEM);
        return Array.from({ length: pages }, (_, k) => page + k);
      }),
      row(14, 0, FIRST + 6).map(([page]) => page),
    );
  });
}
