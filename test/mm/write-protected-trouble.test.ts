import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { migratePages } from '../../src/mm/pipeline/migrate-pages.js';
import { MigrateStats } from '../../src/mm/stats.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import { copySome, SpyMigrator } from '../offload/spy-migrator.js';
import {
  checkFolios,
  checkStats,
  FIRST,
  machineWith,
  migrate,
  requestOn,
  row,
  SOURCE,
  TARGET,
  writeProtectedOf,
} from './scenario.js';

test('folios that a migrator did not copy are copied through, one by one; what it has copied is not', () => {
  const fake = machineWith();
  const migrator = new SpyMigrator(fake, (list, port) => copySome(list, port, (i) => i % 3 === 0));
  const { stats } = migrate(fake, row(16, 1), { migrator, writeProtected: { pages: 4 } });
  checkFolios(fake, row(16, 1), TARGET);
  for (const [page] of row(32)) assert.equal(fake.attempts('copy', page), 1);
  checkStats(stats, { offload_folios: 6, fallbacks: 10, write_protected_folios: 16 });
});

test('a folio that its owner moves is never handed to a migrator, and copied write-protected all the same', () => {
  const fake = machineWith({ movableOps: new Set([FIRST + 1]) });
  const migrator = new SpyMigrator(fake);
  const { stats } = migrate(fake, row(3), { migrator, writeProtected: {} });
  assert.deepEqual(migrator.lists, [[FIRST, FIRST + 2]]);
  checkStats(stats, { offload_folios: 2, write_protected_folios: 3 });
});

test('a large folio with a hole is split: its pages are not copied while they are mapped, the others of the batch are', () => {
  const fake = machineWith();
  fake.memory.forget(FIRST + 5);
  const { result, stats } = migrate(fake, row(3, 2), { writeProtected: {} });
  assert.equal(result, 0);
  checkFolios(fake, [...row(1, 2), ...row(1), ...row(2, 0, FIRST + 6), ...row(1, 2, FIRST + 8)], TARGET);
  checkStats(stats, { splits: 1, folios_absent: 1, write_protected_folios: 2, folios_moved: 5 });
});

test('a poisoned page: its large folio is split, it stays, and nobody waits for it', () => {
  const fake = machineWith({ onCopy: (page) => (page === FIRST + 5 ? ERRNO.EHWPOISON : 0) });
  const { result, failures } = migrate(fake, row(3, 2), { writeProtected: {} });
  assert.equal(result, 1);
  assert.deepEqual(failures, [{ page: FIRST + 5, pages: 1, errno: ERRNO.EHWPOISON }]);
  assert.equal(fake.memory.nodeOf(FIRST + 5), SOURCE);
  checkFolios(fake, [...row(1, 2), ...row(1, 2, FIRST + 8)], TARGET);
});

for (const [step, errno] of [
  ['onUnmap', ERRNO.EIO],
  ['onMap', ERRNO.EIO],
  ['onMap', ERRNO.EFAULT],
] as const) {
  test(`a folio that fails for good in ${step} with ${errno} stays alone, and a writer that waits for it goes on`, () => {
    let wrote = false;
    const fake = machineWith({
      [step]: (page: number) => (page === FIRST + 2 ? errno : 0),
      onCall: (call) => {
        if (call !== 'beginCutover') return;
        const content = fake.memory.read(FIRST + 2);
        assert.equal(
          fake.writeByThread(FIRST + 2, content, () => (wrote = true)),
          false,
        );
      },
    });
    const { failures } = migrate(fake, row(4), { writeProtected: { pages: 2 } });
    assert.deepEqual(failures, [{ page: FIRST + 2, pages: 1, errno }]);
    assert.equal(wrote, true);
    checkFolios(fake, [...row(2), ...row(1, 0, FIRST + 3)], TARGET);
    checkFolios(fake, row(1, 0, FIRST + 2), SOURCE);
  });
}

test('a node without room: what got a destination moves, the rest fails unprotected', () => {
  const fake = machineWith({ capacity: [2048, 6] });
  const { result, stats } = migrate(fake, row(10), { writeProtected: { pages: 2 } });
  assert.equal(result, -ERRNO.ENOMEM);
  checkFolios(fake, row(6), TARGET);
  checkFolios(fake, row(4, 0, FIRST + 6), SOURCE);
  checkStats(stats, { write_protected_folios: 6, folios_failed: 4 });
});

test('a large folio for which there is no room is split before anything of it is protected', () => {
  const fake = machineWith({ onTake: (_page, _attempt, order) => (order > 0 ? ERRNO.ENOMEM : 0) });
  const { result, stats } = migrate(fake, [...row(1, 2), ...row(2, 0, FIRST + 4)], { writeProtected: {} });
  assert.equal(result, 0);
  checkFolios(fake, row(6), TARGET);
  checkStats(stats, { splits: 1, write_protected_folios: 2, folios_moved: 6 });
});

for (const fails of [false, true]) {
  test(`a folio that lies in a gap ${fails ? 'stays when it cannot be mapped' : 'moves along'}, and counts nowhere`, () => {
    const fake = machineWith({ onMap: (page) => (fails && page === FIRST + 1 ? ERRNO.EIO : 0) });
    fake.memory.forget(FIRST + 1);
    fake.memory.populate(FIRST + 1, 1, TARGET);
    const list = new FolioList();
    for (let k = 0; k < 3; k++) list.push(FIRST + k, 0, k === 1 ? 1 : 0);
    const stats = new MigrateStats();
    const request = requestOn(fake, new MigratorRegistry(), { stats, writeProtected: writeProtectedOf() });
    assert.equal(migratePages(request, list), 0);
    fake.audit();
    checkFolios(fake, row(3), TARGET);
    checkStats(stats, {
      folios_moved: 2,
      folios_failed: 0,
      gap_folios_moved: fails ? 0 : 1,
      write_protected_folios: 2,
    });
  });
}

test('a folio that another migration holds is busy, and is not protected', () => {
  const fake = machineWith();
  fake.hold(FIRST + 1);
  const { failures } = migrate(fake, row(3), { writeProtected: {} });
  assert.deepEqual(failures, [{ page: FIRST + 1, pages: 1, errno: ERRNO.EBUSY }]);
  assert.equal(fake.attempts('protect', FIRST + 1), 0);
});
