import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import type { Fault } from '../machine/fake-machine.js';
import { FIRST, machineWith, migrate, row } from './scenario.js';

test('0 when everything has moved, and for an empty list', () => {
  const fake = machineWith();
  assert.equal(migrate(fake, row(2, 9)).result, 0);
  assert.equal(migrate(fake, []).result, 0);
});

test('the number of folios, not of pages, that have not moved', () => {
  const fake = machineWith();
  fake.hold(FIRST, 4);
  fake.hold(FIRST + 32);
  const { result } = migrate(fake, [
    [FIRST, 4],
    [FIRST + 16, 4],
    [FIRST + 32, 0],
  ]);
  assert.equal(result, 2);
});

test('the count goes over all batches', () => {
  const fake = machineWith({ onUnmap: (page) => (page % 2 === 0 ? ERRNO.EIO : 0) });
  assert.equal(migrate(fake, row(20), { batchPages: 3 }).result, 10);
});

const splitAll: Fault = (_page, _attempt, order) => (order > 0 ? ERRNO.ENOMEM : 0);

test('a folio that was split counts once, however many of its parts have not moved', () => {
  const onMap: Fault = (page) => (page < FIRST + 3 ? ERRNO.EIO : 0);
  const fake = machineWith({ onTake: splitAll, onMap });
  const { result, failures } = migrate(fake, row(3, 4));
  assert.equal(result, 1);
  assert.equal(failures.length, 3);
});

test('each of several folios that were split counts for itself, also over several batches of parts', () => {
  const onMap: Fault = (page) => (page === FIRST + 1 || page >= FIRST + 32 ? ERRNO.EIO : 0);
  const fake = machineWith({ onTake: splitAll, onMap });
  assert.equal(migrate(fake, row(3, 4), { batchPages: 20 }).result, 2);
});

test('-ENOMEM when the target is full, even if some folios have moved and others failed before', () => {
  const fake = machineWith({ capacity: [2048, 2] });
  fake.hold(FIRST);
  assert.equal(migrate(fake, row(4)).result, -ERRNO.ENOMEM);
});

test('failures are told in the order in which they happened, split or not', () => {
  const onMap: Fault = (page) => (page % 8 === 1 ? ERRNO.EIO : 0);
  const fake = machineWith({ onTake: splitAll, onMap });
  const { failures } = migrate(fake, [
    [FIRST, 3],
    [FIRST + 9, 0],
    [FIRST + 16, 3],
  ]);
  assert.deepEqual(
    failures.map(({ page }) => page),
    [FIRST + 9, FIRST + 1, FIRST + 17],
  );
});
