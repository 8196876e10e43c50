import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { RecordingMachine } from '../machine/recording-machine.js';
import { checkFolios, checkStats, FIRST, machineWith, migrate, row, SOURCE, TARGET } from './scenario.js';

test('when base pages find no memory, what has a destination moves and the rest is reported ENOMEM', () => {
  const fake = machineWith({ capacity: [2048, 10] });
  const { result, failures, stats } = migrate(fake, row(16));
  assert.equal(result, -ERRNO.ENOMEM);
  checkFolios(fake, row(10), TARGET);
  checkFolios(fake, row(6, 0, FIRST + 10), SOURCE);
  assert.deepEqual(
    failures,
    row(6, 0, FIRST + 10).map(([page]) => ({ page, pages: 1, errno: ERRNO.ENOMEM })),
  );
  checkStats(stats, { nr_succeeded: 10, nr_failed_pages: 6, pgmigrate_fail: 6, folios_failed: 6 });
});

test('after ENOMEM nothing more is asked of the target node', () => {
  const fake = machineWith({ capacity: [2048, 2] });
  const machine = new RecordingMachine(fake);
  migrate(fake, row(8), { machine });
  assert.equal(machine.sequence('take').length, 3);
});

test('after ENOMEM the batches that follow are not begun, and yet reported', () => {
  const fake = machineWith({ capacity: [2048, 6] });
  const machine = new RecordingMachine(fake);
  const { result, failures, stats } = migrate(fake, row(16), { machine, batchPages: 4 });
  assert.equal(result, -ERRNO.ENOMEM);
  assert.equal(machine.sequence('unmap').length, 2);
  assert.equal(fake.attempts('isolate', FIRST + 8), 0);
  assert.equal(failures.length, 10);
  checkStats(stats, { batches: 2, nr_succeeded: 6, nr_failed_pages: 10 });
});

test('after ENOMEM a large folio of the same batch is not split', () => {
  const fake = machineWith({ capacity: [2048, 2] });
  const { failures, stats } = migrate(fake, [...row(3), [FIRST + 16, 4]]);
  assert.deepEqual(failures.at(-1), { page: FIRST + 16, pages: 16, errno: ERRNO.ENOMEM });
  checkStats(stats, { splits: 0 });
});

test('2M folios that were never tried count as failed', () => {
  const fake = machineWith({ capacity: [2048, 0] });
  const { stats } = migrate(
    fake,
    [
      [FIRST, 0],
      [FIRST + 512, 9],
    ],
    { batchPages: 1 },
  );
  checkStats(stats, { nr_thp_failed: 1, thp_migration_fail: 1, nr_failed_pages: 513, folios_failed: 2 });
});

test('memory that comes back is found by the next migration', () => {
  const fake = machineWith({ capacity: [2048, 4] });
  migrate(fake, row(8));
  for (const [page] of row(4)) fake.memory.forget(page);
  assert.equal(migrate(fake, row(4, 0, FIRST + 4)).result, 0);
  checkFolios(fake, row(4, 0, FIRST + 4), TARGET);
});
