import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import type { CopyList, Migrator } from '../../src/offload/migrator.js';
import { SpyAsyncMigrator } from '../offload/spy-async-migrator.js';
import { copySome } from '../offload/spy-migrator.js';
import { checkFolios, checkStats, FIRST, machineWith, migrate, row, SOURCE, TARGET } from './scenario.js';

/** Gives up every third folio while its device may still be at it, and copies the others. */
class GivesUp extends SpyAsyncMigrator {
  readonly whenQuiet: () => Promise<void>;

  constructor(quiet: Promise<void>) {
    super((list: CopyList, port) => {
      copySome(list, port, (i) => i % 3 !== 0);
      for (let i = 0; i < list.length; i += 3) list.quarantined[i] = 1;
      return -ERRNO.ETIMEDOUT;
    });
    this.whenQuiet = () => quiet;
  }
}

const settings = { max_failures: 1000 };

for (const pages of [1, 4, 512]) {
  test(`a copy that is given up: the folio gets another destination while its readers go on, pieces of ${pages}`, async () => {
    let quiet = (): void => undefined;
    const migrator = new GivesUp(new Promise((resolve) => (quiet = resolve)));
    const fake = machineWith();
    const { result, stats } = migrate(fake, row(12, 1), { migrator, settings, writeProtected: { pages } });
    assert.equal(result, 0);
    checkFolios(fake, row(12, 1), TARGET);
    checkStats(stats, { folios_quarantined: 4, fallbacks: 4, write_protected_folios: 12, folios_moved: 12 });
    // The program's old pages are free: who still reads them does no harm. The destinations are kept.
    assert.equal(fake.quarantined, 8);
    quiet();
    for (let turn = 0; turn < 4; turn++) await undefined;
    assert.equal(fake.quarantined, 0);
    fake.audit();
  });
}

test('there is no other destination: the folio stays where it was, unprotected, and the rest moves', () => {
  const migrator = new GivesUp(new Promise(() => {}));
  const fake = machineWith({ capacity: [2048, 7] });
  let wrote = 0;
  const options = { migrator, settings, writeProtected: { pages: 2 } };
  const finish = migrator.startCopy.bind(migrator);
  const waits: Migrator = {
    name: 'waits',
    offloadCopy: () => assert.fail('it is asked to start'),
    startCopy(list, port) {
      // Somebody wants to write to every page of the batch.
      for (const [page] of row(6)) {
        const content = fake.memory.read(page);
        assert.equal(
          fake.writeByThread(page, content, () => wrote++),
          false,
        );
      }
      return finish(list, port);
    },
    whenQuiet: migrator.whenQuiet,
  };
  const { result, stats, failures } = migrate(fake, row(6), { ...options, migrator: waits });
  assert.equal(result, 1);
  assert.deepEqual(failures, [{ page: FIRST + 3, pages: 1, errno: ERRNO.ENOMEM }]);
  checkFolios(fake, [...row(3), ...row(2, 0, FIRST + 4)], TARGET);
  checkFolios(fake, row(1, 0, FIRST + 3), SOURCE);
  assert.equal(wrote, 6);
  checkStats(stats, { folios_quarantined: 2, write_protected_folios: 5, folios_failed: 1 });
});

test('a copy that is given up, and whose folio has to be retried', () => {
  const migrator = new GivesUp(Promise.resolve());
  const fake = machineWith({
    onMap: (page, attempt) => (page === FIRST && attempt === 1 ? ERRNO.EAGAIN : 0),
  });
  const { result } = migrate(fake, row(6), { migrator, settings, writeProtected: { pages: 3 } });
  assert.equal(result, 0);
  checkFolios(fake, row(6), TARGET);
});
