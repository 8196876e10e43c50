import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import type { Fault } from '../machine/fake-machine.js';
import { checkFolios, checkStats, FIRST, machineWith, migrate, row, SOURCE, TARGET } from './scenario.js';

/** A node that has memory, but not in one piece. */
const fragmented: Fault = (_page, _attempt, order) => (order > 0 ? ERRNO.ENOMEM : 0);

test('a large folio that finds no destination is split, and its parts move', () => {
  const fake = machineWith({ onTake: fragmented });
  const { result, stats, failures } = migrate(fake, row(2, 9));
  assert.equal(result, 0);
  assert.deepEqual(failures, []);
  checkFolios(fake, row(2, 9), TARGET);
  checkStats(stats, { nr_thp_split: 2, nr_split: 2, splits: 2, nr_thp_failed: 0, nr_succeeded: 1024 });
});

test('the folios beside a large folio that is split move in its batch as they are', () => {
  const fake = machineWith({
    onTake: (page, _, order) => (page === FIRST && order === 4 ? ERRNO.ENOMEM : 0),
  });
  const { stats } = migrate(fake, row(3, 4));
  checkFolios(fake, row(3, 4), TARGET);
  checkStats(stats, { splits: 1, folios_moved: 2 + 16, nr_thp_split: 0 });
});

test('parts that find no memory either stay where they are, and ENOMEM is reported', () => {
  const fake = machineWith({ capacity: [2048, 300] });
  const { result, failures, stats } = migrate(fake, row(1, 9));
  assert.equal(result, -ERRNO.ENOMEM);
  checkFolios(fake, row(300), TARGET);
  checkFolios(fake, row(212, 0, FIRST + 300), SOURCE);
  assert.deepEqual(
    failures,
    row(212, 0, FIRST + 300).map(([page]) => ({ page, pages: 1, errno: ERRNO.ENOMEM })),
  );
  checkStats(stats, { nr_succeeded: 300, nr_failed_pages: 212, nr_thp_split: 1, nr_thp_failed: 0 });
});

test('when the parts run out of memory over several batches, each of them is reported once', () => {
  const fake = machineWith({ capacity: [2048, 300] });
  const { result, failures } = migrate(fake, [...row(1, 9), ...row(8, 0, FIRST + 512)], {
    batchPages: 64,
  });
  assert.equal(result, -ERRNO.ENOMEM);
  assert.equal(new Set(failures.map(({ page }) => page)).size, failures.length);
  assert.equal(failures.length, 212 + 8);
});

test('a folio moved for numa_misplaced is never split', () => {
  const fake = machineWith({ onTake: fragmented });
  const { result, failures, stats } = migrate(fake, row(1, 9), { reason: 'numa_misplaced' });
  assert.equal(result, -ERRNO.ENOMEM);
  assert.deepEqual(failures, [{ page: FIRST, pages: 512, errno: ERRNO.ENOMEM }]);
  checkFolios(fake, row(1, 9), SOURCE);
  checkStats(stats, { splits: 0, nr_thp_split: 0, nr_thp_failed: 1, thp_migration_fail: 1 });
});

test('the parts of a split folio get one pass', () => {
  const onMap: Fault = (page, attempt) => (page === FIRST + 5 && attempt === 1 ? ERRNO.EAGAIN : 0);
  const fake = machineWith({ onTake: fragmented, onMap });
  const { result, failures } = migrate(fake, row(1, 4));
  assert.equal(result, 1);
  assert.deepEqual(failures, [{ page: FIRST + 5, pages: 1, errno: ERRNO.EBUSY }]);
  checkFolios(fake, [[FIRST + 5, 0]], SOURCE);
});
