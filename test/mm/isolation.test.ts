import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { RecordingMachine } from '../machine/recording-machine.js';
import { checkFolios, FIRST, machineWith, migrate, row, SOURCE, TARGET } from './scenario.js';

test('a folio that another migration holds fails with EBUSY, and the rest of its batch moves', () => {
  const fake = machineWith();
  fake.hold(FIRST + 1);
  const { result, failures } = migrate(fake, row(4));
  assert.equal(result, 1);
  assert.deepEqual(failures, [{ page: FIRST + 1, pages: 1, errno: ERRNO.EBUSY }]);
  checkFolios(fake, [[FIRST + 1, 0]], SOURCE);
  checkFolios(fake, [[FIRST, 0], ...row(2, 0, FIRST + 2)], TARGET);
});

test('a large folio is busy if only one of its pages is', () => {
  const fake = machineWith();
  fake.hold(FIRST + 15);
  const { failures } = migrate(fake, row(2, 4));
  assert.deepEqual(failures, [{ page: FIRST, pages: 16, errno: ERRNO.EBUSY }]);
  checkFolios(fake, [[FIRST, 4]], SOURCE);
});

test('a busy folio is never touched', () => {
  const fake = machineWith();
  const machine = new RecordingMachine(fake);
  fake.hold(FIRST);
  migrate(fake, row(2), { machine });
  const calls = machine.calls.filter((call) => call.includes(` ${FIRST}`) && !call.includes(` ${FIRST + 1}`));
  assert.deepEqual(calls, [`isolate ${FIRST}`]);
});

test('a folio that is listed twice in a batch is busy the second time, and moves once', () => {
  const fake = machineWith();
  const { result, failures } = migrate(fake, [...row(2), ...row(1)]);
  assert.equal(result, 1);
  assert.deepEqual(failures, [{ page: FIRST, pages: 1, errno: ERRNO.EBUSY }]);
  checkFolios(fake, row(2), TARGET);
});

test('a folio that was busy can be migrated once the other migration has let it go', () => {
  const fake = machineWith();
  fake.hold(FIRST);
  migrate(fake, row(1));
  fake.release(FIRST);
  assert.equal(migrate(fake, row(1)).result, 0);
  checkFolios(fake, row(1), TARGET);
});
