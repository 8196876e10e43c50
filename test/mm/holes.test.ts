import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { checkFolios, checkStats, FIRST, machineWith, migrate, row, SOURCE, TARGET } from './scenario.js';

test('an absent page is neither moved nor failed', () => {
  const fake = machineWith();
  fake.memory.forget(FIRST + 1);
  const { result, failures, stats } = migrate(fake, row(3));
  assert.equal(result, 0);
  assert.deepEqual(failures, []);
  assert.equal(fake.memory.has(FIRST + 1), false);
  checkFolios(
    fake,
    [
      [FIRST, 0],
      [FIRST + 2, 0],
    ],
    TARGET,
  );
  checkStats(stats, { folios_absent: 1, folios_failed: 0, nr_failed_pages: 0, nr_succeeded: 2 });
});

test('a page that goes absent after it was isolated is neither moved nor failed', () => {
  const fake = machineWith({
    onUnmap: (page) => {
      if (page === FIRST) fake.memory.forget(FIRST);
      return 0;
    },
  });
  const { result, failures, stats } = migrate(fake, row(2));
  assert.equal(result, 0);
  assert.deepEqual(failures, []);
  checkStats(stats, { folios_absent: 1, folios_failed: 0, nr_succeeded: 1 });
});

test('the present pages of a large folio with a hole move one by one', () => {
  const fake = machineWith();
  fake.memory.forget(FIRST + 300);
  const { result, failures, stats } = migrate(fake, row(2, 9));
  assert.equal(result, 0);
  assert.deepEqual(failures, []);
  checkFolios(fake, [...row(300), ...row(211, 0, FIRST + 301), [FIRST + 512, 9]], TARGET);
  checkStats(stats, { splits: 1, nr_thp_split: 1, folios_absent: 1, nr_failed_pages: 0, nr_succeeded: 1023 });
});

test('a large folio of which nothing is present is neither moved nor failed', () => {
  const fake = machineWith();
  for (const [page] of row(16)) fake.memory.forget(page);
  const { result, failures, stats } = migrate(fake, row(2, 4));
  assert.equal(result, 0);
  assert.deepEqual(failures, []);
  checkFolios(fake, [[FIRST + 16, 4]], TARGET);
  checkStats(stats, { nr_failed_pages: 0, nr_succeeded: 16 });
});

test('for numa_misplaced a large folio with a hole stays where it was, with ENOENT', () => {
  const fake = machineWith();
  fake.memory.forget(FIRST + 3);
  const { result, failures } = migrate(fake, row(2, 4), { reason: 'numa_misplaced' });
  assert.equal(result, 1);
  assert.deepEqual(failures, [{ page: FIRST, pages: 16, errno: ERRNO.ENOENT }]);
  checkFolios(fake, [...row(3), ...row(12, 0, FIRST + 4)], SOURCE);
  checkFolios(fake, [[FIRST + 16, 4]], TARGET);
});
