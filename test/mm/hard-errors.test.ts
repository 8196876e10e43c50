import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { CpuMigrator } from '../../src/migrators/cpu.js';
import type { FakeMachineOptions, Fault } from '../machine/fake-machine.js';
import { checkFolios, checkStats, FIRST, machineWith, migrate, row, SOURCE, TARGET } from './scenario.js';

const INJECT: Record<'unmap' | 'copy' | 'map', (fault: Fault) => FakeMachineOptions> = {
  unmap: (onUnmap) => ({ onUnmap }),
  copy: (onCopy) => ({ onCopy }),
  map: (onMap) => ({ onMap }),
};

/** Only the copy asks page by page; there the fault is in the middle of the folio. */
const VICTIM = { unmap: FIRST + 4, copy: FIRST + 6, map: FIRST + 4 };

for (const step of ['unmap', 'copy', 'map'] as const) {
  for (const errno of ['EHWPOISON', 'EFAULT', 'EIO'] as const) {
    for (const migrator of [undefined, new CpuMigrator()]) {
      // A large folio with a poisoned page is torn apart instead: see below.
      if (step === 'unmap' && errno === 'EHWPOISON') continue;
      const by = migrator === undefined ? '' : ', also with a migrator';
      test(`${errno} at ${step} fails that folio alone, at once, and leaves it as it was${by}`, () => {
        const fake = machineWith(INJECT[step]((page) => (page === VICTIM[step] ? ERRNO[errno] : 0)));
        const { result, failures, stats } = migrate(
          fake,
          row(4, 2),
          migrator === undefined ? {} : { migrator },
        );
        assert.equal(result, 1);
        assert.deepEqual(failures, [{ page: FIRST + 4, pages: 4, errno: ERRNO[errno] }]);
        checkFolios(fake, [[FIRST + 4, 2]], SOURCE);
        checkFolios(fake, [[FIRST, 2], ...row(2, 2, FIRST + 8)], TARGET);
        checkStats(stats, { retries: 0, nr_failed_pages: 4, folios_failed: 1, nr_succeeded: 12, splits: 0 });
      });
    }
  }
}

test('EAGAIN first and a hard error then reports the hard error', () => {
  const fake = machineWith({ onMap: (_page, attempt) => (attempt === 1 ? ERRNO.EAGAIN : ERRNO.EIO) });
  const { failures } = migrate(fake, row(1));
  assert.deepEqual(failures, [{ page: FIRST, pages: 1, errno: ERRNO.EIO }]);
  assert.equal(fake.attempts('map', FIRST), 2);
});

test('a hard error beside a folio that is retried is not tried again', () => {
  const fake = machineWith({
    onMap: (page, attempt) => (page === FIRST ? ERRNO.EIO : attempt < 3 ? ERRNO.EAGAIN : 0),
  });
  migrate(fake, row(2));
  assert.equal(fake.attempts('map', FIRST), 1);
  assert.equal(fake.attempts('copy', FIRST), 1);
  checkFolios(fake, row(1, 0, FIRST + 1), TARGET);
});

test('an isolation that fails with an errno of its own reports it', () => {
  const fake = machineWith({ onIsolate: (page) => (page === FIRST ? ERRNO.EACCES : 0) });
  const { result, failures } = migrate(fake, row(2));
  assert.equal(result, 1);
  assert.deepEqual(failures, [{ page: FIRST, pages: 1, errno: ERRNO.EACCES }]);
});

test('a poisoned page fails alone: its large folio is split, and the others move', () => {
  const poisoned = FIRST + 5;
  const holds = (page: number, order: number) => page <= poisoned && poisoned < page + 2 ** order;
  const fake = machineWith({
    onUnmap: (page, _attempt, order) => (holds(page, order) ? ERRNO.EHWPOISON : 0),
  });
  const { result, failures, stats } = migrate(fake, row(3, 2));
  assert.equal(result, 1);
  assert.deepEqual(failures, [{ page: poisoned, pages: 1, errno: ERRNO.EHWPOISON }]);
  checkFolios(fake, [[poisoned, 0]], SOURCE);
  checkStats(stats, { nr_succeeded: 11, nr_failed_pages: 1, splits: 1 });
});

test('numa_misplaced never splits: a large folio with a poisoned page stays whole', () => {
  const fake = machineWith({ onUnmap: (page) => (page === FIRST + 4 ? ERRNO.EHWPOISON : 0) });
  const { failures } = migrate(fake, row(3, 2), { reason: 'numa_misplaced' });
  assert.deepEqual(failures, [{ page: FIRST + 4, pages: 4, errno: ERRNO.EHWPOISON }]);
  checkFolios(fake, [[FIRST + 4, 2]], SOURCE);
});
