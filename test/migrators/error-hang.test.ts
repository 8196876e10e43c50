import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { CpuMigrator } from '../../src/migrators/cpu.js';
import type { ErrorMigrator } from '../../src/migrators/error/error.js';
import type { Migrator } from '../../src/offload/migrator.js';
import { copyList } from '../ferry/support/copy-list.js';
import { errorMigrator, NumberedFrames, pages } from './numbered-frames.js';

function hanging(inner?: Migrator): { migrator: ErrorMigrator; slept: number[] } {
  const slept: number[] = [];
  const limits = { timeoutMs: () => 250, sleep: (ms: number) => void slept.push(ms) };
  return { migrator: errorMigrator({ hang: 2 }, inner, limits), slept };
}

test('hang: every nth batch waits out the limit and holds every folio', () => {
  const { migrator, slept } = hanging();
  assert.equal(migrator.offloadCopy(pages(2), new NumberedFrames()), 0);
  assert.deepEqual(slept, []);
  const list = pages(2);
  const frames = new NumberedFrames();
  assert.equal(migrator.offloadCopy(list, frames), -ERRNO.ETIMEDOUT);
  assert.deepEqual(slept, [250]);
  assert.deepEqual([...list.copied, ...list.quarantined], [0, 0, 1, 1]);
  assert.deepEqual(frames.at(100, 2), [100, 101]);
});

test('hang: after the next copy the old destinations are written to, once, and then all is quiet', async () => {
  const { migrator } = hanging();
  const frames = new NumberedFrames();
  let quiet = false;
  await migrator.whenQuiet();
  migrator.offloadCopy(copyList([300, 30, 0]), frames);
  migrator.offloadCopy(copyList([100, 10, 2], [110, 20, 0]), frames);
  const whenQuiet = migrator.whenQuiet().then(() => {
    quiet = true;
  });
  await new Promise(setImmediate);
  assert.equal(quiet, false);
  // A destination that is used again too early is wrong in the end.
  assert.equal(migrator.offloadCopy(copyList([110, 40, 0], [302, 42, 0]), frames), 0);
  assert.deepEqual(frames.at(100, 4), [40, 40, 40, 40]);
  assert.deepEqual(frames.at(302), [42]);
  await whenQuiet;
  frames.content.fill(7);
  migrator.offloadCopy(copyList([500, 50, 0]), frames);
  assert.deepEqual(frames.at(100, 4), [7, 7, 7, 7]);
});

test('hang: also a batch that is declined, or hangs itself, lets the one before become quiet', async () => {
  for (const options of [{ hang: 1 }, { hang: 1, decline: 2 }]) {
    const migrator = errorMigrator(options, new CpuMigrator(), { timeoutMs: () => 1, sleep: () => {} });
    const frames = new NumberedFrames();
    migrator.offloadCopy(pages(1), frames);
    const quiet = migrator.whenQuiet();
    migrator.offloadCopy(copyList([200, 50, 0]), frames);
    await quiet;
    assert.deepEqual(frames.at(100), [50]);
  }
});

test('hang: what still hangs is quiet when the migrator is released', async () => {
  const { migrator } = hanging();
  const frames = new NumberedFrames();
  for (let i = 0; i < 2; i++) migrator.offloadCopy(pages(1), frames);
  const quiet = migrator.whenQuiet();
  await migrator.owner.release();
  await quiet;
});

test('what the inner migrator holds is held, and quiet when that one says so', async () => {
  let resolve = (): void => {};
  const inner: Migrator = {
    name: 'inner',
    offloadCopy(list) {
      list.quarantined[0] = 1;
      return -ERRNO.ETIMEDOUT;
    },
    whenQuiet: () =>
      new Promise((done) => {
        resolve = done;
      }),
  };
  const list = pages(3);
  const migrator = errorMigrator({ failFolio: 3 }, inner);
  assert.equal(migrator.offloadCopy(list, new NumberedFrames()), -ERRNO.EIO);
  assert.deepEqual([...list.quarantined], [1, 0, 0]);
  let quiet = false;
  const whenQuiet = migrator.whenQuiet().then(() => {
    quiet = true;
  });
  await new Promise(setImmediate);
  assert.equal(quiet, false);
  resolve();
  await whenQuiet;
});

test('what the inner migrator holds for good is held for good', async () => {
  const inner: Migrator = {
    name: 'inner',
    offloadCopy(list) {
      list.quarantined[0] = 1;
      return -ERRNO.ETIMEDOUT;
    },
  };
  const migrator = errorMigrator({}, inner);
  migrator.offloadCopy(pages(1), new NumberedFrames());
  let quiet = false;
  void migrator.whenQuiet().then(() => {
    quiet = true;
  });
  await new Promise(setImmediate);
  assert.equal(quiet, false);
});
