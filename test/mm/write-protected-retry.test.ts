import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { pagePattern } from '../machine/page-pattern.js';
import { SpyAsyncMigrator } from '../offload/spy-async-migrator.js';
import { checkFolios, checkStats, FIRST, machineWith, migrate, row, SOURCE, TARGET } from './scenario.js';

const written = pagePattern(FIRST, 64, 5);

for (const migrator of [undefined, new SpyAsyncMigrator()]) {
  const how = migrator === undefined ? 'copied singly' : 'copied by a migrator';
  const by = migrator === undefined ? {} : { migrator };

  test(`${how}: a folio that could not be mapped is written to, and copied afresh`, () => {
    const fake = machineWith({
      onMap: (page, attempt) => {
        if (page !== FIRST || attempt > 1) return 0;
        // It writes as soon as the folio has gone back for another pass.
        assert.equal(fake.writeByThread(FIRST, written), false);
        return ERRNO.EAGAIN;
      },
    });
    const { result, stats } = migrate(fake, row(2), { ...by, writeProtected: { pages: 1 } });
    assert.equal(result, 0);
    assert.equal(fake.memory.nodeOf(FIRST), TARGET);
    assert.deepEqual(fake.memory.read(FIRST), written);
    assert.equal(fake.attempts('copy', FIRST), 2);
    assert.equal(fake.attempts('copy', FIRST + 1), 1);
    checkStats(stats, { retries: 1, write_protected_folios: 2 });
  });

  test(`${how}: a folio that could not be unmapped may have been written to by who kept it, and is copied afresh`, () => {
    const fake = machineWith({
      onUnmap: (page, attempt) => {
        if (page !== FIRST || attempt > 1) return 0;
        fake.writeByPin(FIRST, written);
        return ERRNO.EAGAIN;
      },
    });
    const { result, stats } = migrate(fake, row(2), { ...by, writeProtected: {} });
    assert.equal(result, 0);
    assert.deepEqual(fake.memory.read(FIRST), written);
    assert.equal(fake.attempts('copy', FIRST), 2);
    checkStats(stats, { retries: 1, write_protected_folios: 1, folios_moved: 2 });
  });
}

for (const step of ['onUnmap', 'onMap'] as const) {
  test(`EAGAIN in every pass of ${step}: the folio stays, and whoever wanted to write goes on`, () => {
    let wrote = false;
    const fake = machineWith({
      onCopy: (page) => {
        if (page === FIRST + 1 && !wrote) fake.writeByThread(FIRST, written, () => (wrote = true));
        return 0;
      },
      [step]: (page: number) => (page === FIRST ? ERRNO.EAGAIN : 0),
    });
    const { result, stats, failures } = migrate(fake, row(2), { writeProtected: {} });
    assert.equal(result, 1);
    assert.deepEqual(failures, [{ page: FIRST, pages: 1, errno: ERRNO.EBUSY }]);
    assert.equal(fake.attempts(step === 'onMap' ? 'map' : 'unmap', FIRST), 10);
    assert.equal(wrote, true);
    assert.equal(fake.memory.nodeOf(FIRST), SOURCE);
    assert.deepEqual(fake.memory.read(FIRST), written);
    checkFolios(fake, row(1, 0, FIRST + 1), TARGET);
    checkStats(stats, { retries: 9, folios_failed: 1 });
  });
}

test('pieces that are done are not tried again with the one that is not', () => {
  const fake = machineWith({
    onMap: (page, attempt) => (page === FIRST + 5 && attempt < 4 ? ERRNO.EAGAIN : 0),
  });
  const { stats } = migrate(fake, row(16), { writeProtected: { pages: 4 } });
  checkFolios(fake, row(16), TARGET);
  for (const [page] of row(16)) assert.equal(fake.attempts('map', page), page === FIRST + 5 ? 4 : 1);
  checkStats(stats, { retries: 3, write_protected_folios: 16 });
});
