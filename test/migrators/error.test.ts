import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { MigrationError } from '../../src/common/migration-error.js';
import { CpuMigrator } from '../../src/migrators/cpu.js';
import { ErrorMigrator } from '../../src/migrators/error/error.js';
import type { ErrorMigratorOptions } from '../../src/migrators/error/error-options.js';
import type { Migrator } from '../../src/offload/migrator.js';
import { copyList } from '../ferry/support/copy-list.js';
import { CountingOwner, idleMigrator } from '../offload/owner.js';
import { errorMigrator, NumberedFrames, pages } from './numbered-frames.js';
import { StartingMigrator } from './starting-migrator.js';

/** What comes of copying this list so many times. */
function results(
  migrator: Migrator,
  times: number,
  list = pages(2),
): { result: unknown; copied: number[] }[] {
  return Array.from({ length: times }, () => {
    list.copied.fill(0);
    const result: unknown = migrator.offloadCopy(list, new NumberedFrames());
    return { result, copied: [...list.copied] };
  });
}

const good = { result: 0, copied: [1, 1] };

for (const [fault, result] of [
  ['decline', -ERRNO.EOPNOTSUPP],
  ['refuse', -ERRNO.ENODEV],
  ['failBatch', -ERRNO.EIO],
] as const) {
  test(`${fault}: every nth batch has that result and nothing copied`, () => {
    const bad = { result, copied: [0, 0] };
    assert.deepEqual(results(errorMigrator({ [fault]: 3 }), 7), [good, good, bad, good, good, bad, good]);
    assert.deepEqual(results(errorMigrator({ [fault]: 1 }), 2), [bad, bad]);
  });
}

test('throw: every nth batch throws, with nothing copied', () => {
  const migrator = errorMigrator({ throw: 2 });
  assert.deepEqual(results(migrator, 1), [good]);
  const list = pages(2);
  const frames = new NumberedFrames();
  assert.throws(() => migrator.offloadCopy(list, frames), /injected into batch 2/);
  assert.deepEqual([...list.copied], [0, 0]);
  assert.deepEqual(frames.at(100, 2), [100, 101]);
  assert.deepEqual(results(migrator, 1), [good]);
});

test('nonsense: every nth batch is copied, and has a result that is no errno', () => {
  const seen = results(errorMigrator({ nonsense: 1 }), 8);
  for (const { result, copied } of seen) {
    assert.ok(typeof result !== 'number' || !Number.isInteger(result) || result > 0, String(result));
    assert.deepEqual(copied, [1, 1]);
  }
  assert.ok(new Set(seen.map(({ result }) => typeof result)).size >= 3);
});

test('failFolio: every nth folio, counted over all batches, is neither copied nor marked', () => {
  const migrator = errorMigrator({ failFolio: 4 });
  const frames = new NumberedFrames();
  const list = pages(6);
  assert.equal(migrator.offloadCopy(list, frames), -ERRNO.EIO);
  assert.deepEqual([...list.copied], [1, 1, 1, 0, 1, 1]);
  assert.deepEqual(frames.at(100, 6), [10, 11, 12, 103, 14, 15]);
  assert.deepEqual(results(migrator, 2, pages(1)), [
    { result: 0, copied: [1] },
    { result: -ERRNO.EIO, copied: [0] },
  ]);
});

test('lie: every nth folio is marked and not copied', () => {
  const frames = new NumberedFrames();
  const list = pages(5);
  assert.equal(errorMigrator({ lie: 2 }).offloadCopy(list, frames), 0);
  assert.deepEqual([...list.copied], [1, 1, 1, 1, 1]);
  assert.deepEqual(frames.at(100, 5), [10, 101, 12, 103, 14]);
});

test('corrupt: every nth folio is marked and holds the content of other pages', () => {
  const frames = new NumberedFrames();
  const list = copyList([100, 10, 0], [101, 11, 0], [108, 16, 2], [112, 20, 1]);
  assert.equal(errorMigrator({ corrupt: 1 }).offloadCopy(list, frames), 0);
  assert.deepEqual([...list.copied], [1, 1, 1, 1]);
  assert.deepEqual(frames.at(100, 2), [11, 10]);
  assert.deepEqual(frames.at(108, 6), [17, 18, 19, 16, 21, 20]);
});

test('corrupt: a single page that is alone is not copied at all', () => {
  const frames = new NumberedFrames();
  const list = pages(1);
  assert.equal(errorMigrator({ corrupt: 1 }).offloadCopy(list, frames), 0);
  assert.deepEqual([...list.copied], [1]);
  assert.deepEqual(frames.at(100), [100]);
});

test('corrupt: what cannot be read is not marked', () => {
  const frames = new NumberedFrames();
  frames.poisoned.add(17);
  const list = copyList([108, 16, 2], [112, 20, 1]);
  assert.equal(errorMigrator({ corrupt: 1 }).offloadCopy(list, frames), -ERRNO.EHWPOISON);
  assert.deepEqual([...list.copied], [0, 1]);
});

test('a failure of the inner migrator stays one, beside faults', () => {
  const frames = new NumberedFrames();
  frames.poisoned.add(10);
  const list = pages(3);
  assert.equal(errorMigrator({ lie: 3 }).offloadCopy(list, frames), -ERRNO.EHWPOISON);
  assert.deepEqual([...list.copied], [0, 1, 1]);
});

test('delay: every nth batch takes so much longer', () => {
  const slept: number[] = [];
  const migrator = errorMigrator({ delay: 2, delayMs: 5 }, new CpuMigrator(), {
    sleep: (ms) => slept.push(ms),
  });
  assert.deepEqual(results(migrator, 4), [good, good, good, good]);
  assert.deepEqual(slept, [5, 5]);
});

test('the default sleep comes to an end', () => {
  const migrator = new ErrorMigrator(new CpuMigrator(), { delay: 1, delayMs: 1 }, { timeoutMs: () => 0 });
  assert.deepEqual(results(migrator, 1), [good]);
});

test('faults combine; of those that befall a batch the first wins', () => {
  const migrator = errorMigrator({ decline: 2, failBatch: 4, failFolio: 5 });
  const bad = { result: -ERRNO.EOPNOTSUPP, copied: [0, 0] };
  assert.deepEqual(results(migrator, 6), [good, bad, good, bad, { result: -ERRNO.EIO, copied: [0, 1] }, bad]);
});

test('copies in two halves as the inner migrator does, and only then', () => {
  assert.equal(errorMigrator({}).startCopy, undefined);
  const migrator = errorMigrator({ decline: 2, failFolio: 4 }, new StartingMigrator());
  const frames = new NumberedFrames();
  const lists = [pages(2), pages(2), copyList([200, 30, 0], [201, 31, 0])];
  const started = lists.map((list) => migrator.startCopy!(list, frames));
  assert.equal(started[1], -ERRNO.EOPNOTSUPP);
  assert.deepEqual(frames.at(100), [100]);
  const ends = [started[0], started[2]].map((each) => (typeof each === 'object' ? each.finish() : each));
  assert.deepEqual(ends, [0, -ERRNO.EIO]);
  assert.deepEqual(
    lists.map(({ copied }) => [...copied]),
    [
      [1, 1],
      [0, 0],
      [1, 0],
    ],
  );
});

test('it belongs to the owner of the inner migrator', async () => {
  const owner = new CountingOwner();
  const migrator = errorMigrator({}, idleMigrator('idle', owner));
  assert.equal(migrator.owner.acquire(), true);
  assert.equal(owner.references, 1);
  await migrator.owner.release();
  assert.equal(owner.references, 0);
  owner.gone = true;
  assert.equal(migrator.owner.acquire(), false);
});

for (const [options, argument] of [
  [{ failBatch: 0 }, 'options.failBatch'],
  [{ corrupt: 1.5 }, 'options.corrupt'],
  [{ hang: '3' }, 'options.hang'],
  [{ lie: Number.NaN }, 'options.lie'],
  [{ burn: 3 }, 'options.burn'],
  [{ delay: 3 }, 'options.delayMs'],
  [{ delayMs: 3 }, 'options.delay'],
  [{ delay: 3, delayMs: -1 }, 'options.delayMs'],
  [null, 'options'],
] as const) {
  test(`${JSON.stringify(options)} is refused, naming ${argument}`, () => {
    assert.throws(
      () => errorMigrator(options as unknown as ErrorMigratorOptions),
      (error) => error instanceof MigrationError && error.code === 'EINVAL' && error.argument === argument,
    );
  });
}
