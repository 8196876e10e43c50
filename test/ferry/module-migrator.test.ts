import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { copyList } from './support/copy-list.js';
import { loadFixture } from './support/module-fixture.js';
import {
  COPIES_AND_MARKS_CASES,
  copiesAndMarks,
  SEVERAL_BATCHES_CASES,
  severalBatches,
} from './support/module-migrator-scenes.js';

copiesAndMarks(COPIES_AND_MARKS_CASES.slice(0, 1));

test('it has the name and gets the options', async (t) => {
  const { migrator } = await loadFixture(t, 'good', { name: 'mine' });
  assert.equal(migrator.name, 'mine');
});

test('the checked copy works there too', async (t) => {
  const { migrator, frames } = await loadFixture(t, 'good', undefined, { copy: 'checked' });
  assert.equal(migrator.offloadCopy(copyList([100, 10, 0])), 0);
  assert.deepEqual(frames.contents(100, 1), [10]);
});

severalBatches(SEVERAL_BATCHES_CASES.slice(0, 1));

test('only the folios of the list are handed over, not what is left in the arrays behind it', async (t) => {
  const { migrator, frames } = await loadFixture(t, 'good');
  const list = { ...copyList([100, 10, 0], [101, 11, 0]), length: 1 };
  assert.equal(migrator.offloadCopy(list), 0);
  assert.deepEqual([...list.copied], [1, 0]);
  assert.deepEqual(frames.contents(101, 1), [101]);
});

test('an empty list is copied', async (t) => {
  const { migrator } = await loadFixture(t, 'good');
  assert.equal(migrator.offloadCopy(copyList()), 0);
});

test('a list longer than the capacity is refused, one as long is not', async (t) => {
  const { migrator } = await loadFixture(t, 'good', undefined, { capacity: 2 });
  assert.equal(migrator.offloadCopy(copyList([100, 1, 0], [101, 2, 0])), 0);
  const long = copyList([100, 1, 0], [101, 2, 0], [102, 3, 0]);
  assert.equal(migrator.offloadCopy(long), -ERRNO.EINVAL);
});

test('its owner was released once it is closed, and then it refuses', async (t) => {
  const { migrator } = await loadFixture(t, 'good');
  assert.equal(migrator.owner.acquire(), true);
  await migrator.owner.release();
  assert.equal(migrator.owner.acquire(), false);
  assert.equal(migrator.offloadCopy(copyList([100, 10, 0])), -ERRNO.EIO);
  await migrator.close();
});

test('it is quiet while nothing is held', async (t) => {
  const { migrator } = await loadFixture(t, 'good');
  migrator.offloadCopy(copyList([100, 10, 0]));
  await migrator.whenQuiet();
  assert.equal(migrator.alive, true);
});
