import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import type { StartedCopy } from '../../src/offload/migrator.js';
import { copyList } from './support/copy-list.js';
import { loadFixture } from './support/module-fixture.js';

const misbehaving = (t: Parameters<typeof loadFixture>[0], how: string, timeoutMs = 20_000) =>
  loadFixture(t, 'misbehaves', { how }, { timeoutMs: () => timeoutMs });

for (const [how, message] of [
  ['throws', /^out of order$/],
  ['rejects', /^out of order, later$/],
  ['throwsNothing', /^undefined$/],
  ['throwsMuch', /^ä{256}$/],
] as const) {
  test(`what a module throws is thrown, and its marks are not believed (${how})`, async (t) => {
    const { migrator } = await misbehaving(t, how);
    for (let round = 0; round < 2; round++) {
      const list = copyList([100, 10, 0], [101, 11, 0]);
      assert.throws(() => migrator.offloadCopy(list), { name: 'Error', message });
      assert.deepEqual([...list.copied], [0, 0]);
      assert.deepEqual([...list.quarantined], [0, 0]);
    }
    assert.equal(migrator.alive, true);
  });
}

for (const [how, result] of [
  ['positive', 7],
  ['fraction', -1.5],
  ['nan', Number.NaN],
  ['text', Number.NaN],
  ['nothing', Number.NaN],
  ['bigint', Number.NaN],
  ['badMarks', Number.NaN],
] as const) {
  test(`nonsense is handed on as nonsense, and its marks are not believed (${how})`, async (t) => {
    const { migrator } = await misbehaving(t, how);
    const list = copyList([100, 10, 0], [101, 11, 0]);
    assert.equal(migrator.offloadCopy(list), result);
    assert.deepEqual([...list.copied], [0, 0]);
    assert.deepEqual([...list.quarantined], [0, 0]);
  });
}

test('a lie is handed on: only who compares can tell', async (t) => {
  const { migrator, frames } = await misbehaving(t, 'lies');
  const list = copyList([100, 10, 0]);
  assert.equal(migrator.offloadCopy(list), 0);
  assert.deepEqual([...list.copied], [1]);
  assert.deepEqual(frames.contents(100, 1), [100]);
});

for (const how of ['hangs', 'neverResolves']) {
  test(`a batch that does not end is given up, and its frames held until the thread is gone (${how})`, async (t) => {
    const { migrator } = await misbehaving(t, how, 30);
    const list = copyList([100, 10, 0], [101, 11, 0]);
    assert.equal(migrator.offloadCopy(list), -ERRNO.ETIMEDOUT);
    assert.deepEqual([...list.copied], [0, 0]);
    assert.deepEqual([...list.quarantined], [1, 1]);
    const next = copyList([102, 12, 0]);
    assert.equal(migrator.offloadCopy(next), -ERRNO.EIO);
    assert.deepEqual([...next.quarantined], [0]);
    assert.equal(migrator.owner.acquire(), false);
    await migrator.whenQuiet();
    await migrator.owner.release();
  });
}

test('the batches behind one that hangs are given up with it', async (t) => {
  const { migrator } = await misbehaving(t, 'hangs', 30);
  const lists = [copyList([100, 10, 0]), copyList([101, 11, 0])];
  const started = lists.map((list) => migrator.startCopy(list) as StartedCopy);
  for (const [i, each] of started.entries()) {
    assert.equal(each.finish(), -ERRNO.ETIMEDOUT);
    assert.deepEqual([...lists[i]!.quarantined], [1]);
  }
  await migrator.whenQuiet();
});

test('a batch that was given up cannot be copied any more', async (t) => {
  const { migrator, frames } = await misbehaving(t, 'wakesLate', 20);
  assert.equal(migrator.offloadCopy(copyList([100, 10, 2])), -ERRNO.ETIMEDOUT);
  // The engine's thread goes on without returning to its event loop: the module's thread is not yet being ended.
  const until = performance.now() + 600;
  while (performance.now() < until);
  assert.deepEqual(frames.contents(100, 4), [100, 101, 102, 103]);
  await migrator.whenQuiet();
});

for (const how of ['exits', 'exitsLater', 'crashesLater']) {
  test(`a thread that ends by itself is noticed before the limit (${how})`, async (t) => {
    const { migrator } = await misbehaving(t, how);
    const lists = [copyList([100, 10, 0]), copyList([101, 11, 0])];
    const started = lists.map((list) => migrator.startCopy(list));
    for (const [i, each] of started.entries()) {
      if (typeof each === 'number') {
        // The thread was gone before it could be asked.
        assert.equal(each, -ERRNO.EIO);
        continue;
      }
      // Not -ETIMEDOUT: nobody has waited for the limit.
      assert.equal(each.finish(), -ERRNO.EIO);
      assert.deepEqual([...lists[i]!.copied], [0]);
      assert.deepEqual([...lists[i]!.quarantined], [1]);
    }
    assert.equal(migrator.offloadCopy(copyList([100, 10, 0])), -ERRNO.EIO);
    await migrator.whenQuiet();
    const { failure } = migrator;
    assert.equal(
      failure instanceof Error ? failure.message : failure,
      how === 'crashesLater' ? 'crash' : undefined,
    );
  });
}

test('the port reaches the frames of the list, and only while the batch lasts', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pageferry-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'seen.json');
  const { migrator, frames } = await loadFixture(t, 'misbehaves', { how: 'oversteps', file });
  for (let round = 0; round < 2; round++) {
    assert.equal(migrator.offloadCopy(copyList([100, 10, 1], [110, 20, 0])), 0);
    const seen = JSON.parse(readFileSync(file, 'utf8')) as { tries: unknown[]; inside: number[] };
    const over = round === 0 ? null : -ERRNO.ESTALE;
    assert.deepEqual(seen.tries, [...new Array(8).fill(-ERRNO.EFAULT), over, over]);
    assert.deepEqual(seen.inside, [frames.base + 100 * 4096, frames.base + 10 * 4096]);
  }
  assert.deepEqual(
    frames.contents(0, 256),
    Array.from({ length: 256 }, (_, frame) => frame),
  );
});

test('a module is asked to close itself', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pageferry-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'closed');
  const { migrator } = await loadFixture(t, 'misbehaves', { how: 'lies', file });
  await migrator.close();
  assert.equal(readFileSync(file, 'utf8'), 'closed');
});
