import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import type { StartedCopy } from '../../src/offload/migrator.js';
import { copyList } from './support/copy-list.js';
import { fixture, loadFixture } from './support/module-fixture.js';

for (const name of ['good', 'async', 'replaces-globals']) {
  test(`a module's migrator copies and marks every folio (${name})`, async (t) => {
    const { migrator, frames } = await loadFixture(t, name);
    for (let round = 0; round < 3; round++) {
      frames.refill();
      const list = copyList([100, 10, 0], [104, 12, 2], [130, 20 + round, 0]);
      assert.equal(migrator.offloadCopy(list), 0);
      assert.deepEqual([...list.copied], [1, 1, 1]);
      assert.deepEqual(frames.contents(100, 8), [10, 101, 102, 103, 12, 13, 14, 15]);
      assert.deepEqual(frames.contents(130, 1), [20 + round]);
      assert.deepEqual([...list.quarantined], [0, 0, 0]);
    }
  });
}

test('it has the name and gets the options', async (t) => {
  const { migrator } = await loadFixture(t, 'good', { name: 'mine' });
  assert.equal(migrator.name, 'mine');
});

test('the checked copy works there too', async (t) => {
  const { migrator, frames } = await loadFixture(t, 'good', undefined, { copy: 'checked' });
  assert.equal(migrator.offloadCopy(copyList([100, 10, 0])), 0);
  assert.deepEqual(frames.contents(100, 1), [10]);
});

for (const name of ['good', 'async']) {
  test(`several batches are under way at once, as many as there are slots (${name})`, async (t) => {
    const { migrator, frames } = await loadFixture(t, name, undefined, { slots: 3 });
    for (let round = 0; round < 3; round++) {
      frames.refill();
      const lists = [10, 11, 12].map((src) => copyList([src + 100, src, 0], [src + 120, src, 0]));
      const started = lists.map((list) => migrator.startCopy(list));
      assert.equal(migrator.startCopy(copyList([200, 1, 0])), -ERRNO.EBUSY);
      for (const [i, each] of started.entries()) {
        assert.equal((each as StartedCopy).finish(), 0);
        assert.deepEqual([...lists[i]!.copied], [1, 1]);
      }
      assert.deepEqual(frames.contents(110, 3), [10, 11, 12]);
      assert.deepEqual(frames.contents(130, 3), [10, 11, 12]);
    }
  });
}

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

test('a module that does not end when it is asked to is ended', async (t) => {
  const { migrator } = await loadFixture(t, 'never-closes', undefined, { closeTimeoutMs: 20 });
  await migrator.owner.release();
  assert.equal(migrator.alive, false);
});

test('it is quiet while nothing is held', async (t) => {
  const { migrator } = await loadFixture(t, 'good');
  migrator.offloadCopy(copyList([100, 10, 0]));
  await migrator.whenQuiet();
  assert.equal(migrator.alive, true);
});

test('its thread does not keep the process alive', () => {
  const migrator = new URL('../../src/own-migrators/host.js', import.meta.url).href;
  const script = `
    import { ModuleMigrator } from ${JSON.stringify(migrator)};
    const options = { capacity: 1, frameBase: 0, timeoutMs: () => 1000 };
    await ModuleMigrator.load({ ...options, module: ${JSON.stringify(fixture('never-closes'))} });
    console.log('loaded');
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.equal(output, 'loaded\n');
});
