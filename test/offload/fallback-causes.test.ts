import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import type { MigrateStat, MigrateStats } from '../../src/mm/stats.js';
import type { CopyList, Migrator } from '../../src/offload/migrator.js';
import { checkFolios, checkStats, machineWith, migrate, row, TARGET } from '../mm/scenario.js';
import { SpyAsyncMigrator } from './spy-async-migrator.js';
import { copySome, SpyMigrator } from './spy-migrator.js';

/** The counters of folios that fell back, those that are not 0. */
function causes(stats: MigrateStats): Partial<Record<MigrateStat, number>> {
  const entries = Object.entries(stats.toObject());
  return Object.fromEntries(entries.filter(([name, count]) => name.startsWith('fallbacks_') && count > 0));
}

type Behaviour = Migrator['offloadCopy'];

/** Twelve folios in three batches; whatever the migrator does, they arrive. */
function fallBack(behaviour: Behaviour, kind: 'sync' | 'async', verify = false): MigrateStats {
  const fake = machineWith();
  const migrator = kind === 'sync' ? new SpyMigrator(fake, behaviour) : new SpyAsyncMigrator(behaviour);
  const { result, stats, failures } = migrate(fake, row(12), {
    migrator,
    batchPages: 4,
    settings: { pipeline_depth: 2, verify_copies: verify ? 1 : 0 },
  });
  assert.equal(result, 0);
  assert.deepEqual(failures, []);
  checkFolios(fake, row(12), TARGET);
  checkStats(stats, { folios_moved: 12, folios_failed: 0 });
  return stats;
}

const nothing =
  (result: unknown): Behaviour =>
  () =>
    result as number;
const throwing =
  (error: unknown): Behaviour =>
  () => {
    throw error;
  };

const CAUSES: readonly (readonly [what: string, behaviour: Behaviour, cause: MigrateStat])[] = [
  ['declines', nothing(-ERRNO.EOPNOTSUPP), 'fallbacks_declined'],
  ['has no channel', nothing(-ERRNO.ENODEV), 'fallbacks_refused'],
  ['is busy', nothing(-ERRNO.EBUSY), 'fallbacks_refused'],
  ['fails', nothing(-ERRNO.EIO), 'fallbacks_failed'],
  ['fails with an errno that nobody knows', nothing(-4095), 'fallbacks_failed'],
  ['throws', throwing(new Error('driver bug')), 'fallbacks_threw'],
  ['times out', nothing(-ERRNO.ETIMEDOUT), 'fallbacks_timed_out'],
  ['says 0 and marks nothing', nothing(0), 'fallbacks_unmarked'],
  ['says -0 and marks nothing', nothing(-0), 'fallbacks_unmarked'],
  ...[1, 7, -4096, -0.5, 2 ** 40, Number.NaN, Number.NEGATIVE_INFINITY, undefined, null, true].map(
    (result) => [`returns ${String(result)}`, nothing(result), 'fallbacks_nonsense'] as const,
  ),
  ...['0', -5n, Symbol('0'), {}, [0], () => 0, Promise.resolve(0), Object.create(null)].map(
    (result) => [`returns a ${typeof result}`, nothing(result), 'fallbacks_nonsense'] as const,
  ),
];

for (const kind of ['sync', 'async'] as const) {
  for (const [what, behaviour, cause] of CAUSES) {
    test(`${kind}: a migrator that ${what}: all fall back, and are counted as ${cause}`, () => {
      const stats = fallBack(behaviour, kind);
      assert.deepEqual(causes(stats), { [cause]: 12 });
      checkStats(stats, {
        fallbacks: 12,
        offload_folios: 0,
        offload_batches: 0,
        declined_batches: cause === 'fallbacks_declined' ? 3 : 0,
      });
    });
  }

  for (const [what, end, cause] of [
    ['says 0', () => 0, 'fallbacks_unmarked'],
    ['fails', () => -ERRNO.EIO, 'fallbacks_failed'],
    ['is out of channels', () => -ERRNO.EBUSY, 'fallbacks_refused'],
    ['times out', () => -ERRNO.ETIMEDOUT, 'fallbacks_timed_out'],
    ['returns nonsense', () => Number.NaN, 'fallbacks_nonsense'],
    ['throws', throwing(new Error('driver bug')), 'fallbacks_threw'],
  ] as const) {
    test(`${kind}: what a migrator has marked before it ${what} counts as copied, the rest as ${cause}`, () => {
      const stats = fallBack((list, port) => {
        copySome(list, port, (i) => i < 3);
        return end(list, port);
      }, kind);
      assert.deepEqual(causes(stats), { [cause]: 3 });
      checkStats(stats, { fallbacks: 3, offload_folios: 9, offload_batches: 3, declined_batches: 0 });
    });
  }

  test(`${kind}: a copy that is marked and wrong is found when copies are verified, and made afresh`, () => {
    const lie = (list: CopyList, port: Parameters<Behaviour>[1]): number => {
      copySome(list, port, (i) => i % 2 === 0);
      list.copied.fill(1, 0, list.length);
      return 0;
    };
    const stats = fallBack(lie, kind, true);
    assert.deepEqual(causes(stats), { fallbacks_unverified: 6 });
    checkStats(stats, { fallbacks: 6, offload_folios: 6 });
  });

  test(`${kind}: lies and what was not marked are counted apart`, () => {
    const stats = fallBack(
      (list, port) => {
        copySome(list, port, (i) => i === 0);
        list.copied.fill(1, 0, 2);
        return -ERRNO.EIO;
      },
      kind,
      true,
    );
    assert.deepEqual(causes(stats), { fallbacks_unverified: 3, fallbacks_failed: 6 });
    checkStats(stats, { fallbacks: 9, offload_folios: 3 });
  });

  test(`${kind}: true copies pass the verification`, () => {
    const stats = fallBack((list, port) => copySome(list, port, () => true), kind, true);
    assert.deepEqual(causes(stats), {});
    checkStats(stats, { fallbacks: 0, offload_folios: 12 });
  });

  test(`${kind}: held folios count as timed out, get other destinations, and their marks are not believed`, () => {
    const stats = fallBack((list, port) => {
      copySome(list, port, (i) => i === 0);
      list.copied.fill(1, 0, 2);
      list.quarantined[1] = 1;
      return -ERRNO.ETIMEDOUT;
    }, kind);
    assert.deepEqual(causes(stats), { fallbacks_timed_out: 9 });
    checkStats(stats, { fallbacks: 9, offload_folios: 3, folios_quarantined: 3 });
  });
}

test('a mark that is not 1 is no mark', () => {
  const stats = fallBack((list) => {
    list.copied.fill(2, 0, list.length);
    return 0;
  }, 'sync');
  assert.deepEqual(causes(stats), { fallbacks_unmarked: 12 });
});
