import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { migratePages } from '../../src/mm/pipeline/migrate-pages.js';
import { MigrateStats } from '../../src/mm/stats.js';
import type { Migrator } from '../../src/offload/migrator.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import {
  checkFolios,
  checkStats,
  folioList,
  machineWith,
  migrate,
  requestOn,
  row,
  TARGET,
} from '../mm/scenario.js';
import { CountingOwner } from './owner.js';
import { copySome, SpyMigrator } from './spy-migrator.js';

test('a migrator that throws is contained: what it has marked counts, the rest is copied singly', () => {
  const fake = machineWith();
  const migrator = new SpyMigrator(fake, (list, port) => {
    copySome(list, port, (i) => i < 3);
    throw new Error('driver bug');
  });
  const { result, stats } = migrate(fake, row(8), { migrator });
  assert.equal(result, 0);
  checkFolios(fake, row(8), TARGET);
  checkStats(stats, { offload_batches: 1, offload_folios: 3, fallbacks: 5, declined_batches: 0 });
});

test('a migrator that declines a batch is counted as such, and asked again for the next', () => {
  const fake = machineWith();
  const migrator = new SpyMigrator(fake, () => -ERRNO.EOPNOTSUPP);
  const { result, stats } = migrate(fake, row(8), { migrator, batchPages: 4 });
  assert.equal(result, 0);
  assert.equal(migrator.lists.length, 2);
  checkFolios(fake, row(8), TARGET);
  checkStats(stats, { declined_batches: 2, offload_batches: 0, offload_folios: 0, fallbacks: 8 });
});

test('a batch that fails outright is copied singly, and is not counted as declined', () => {
  const fake = machineWith();
  const { result, stats } = migrate(fake, row(4), { migrator: new SpyMigrator(fake, () => -ERRNO.EIO) });
  assert.equal(result, 0);
  checkStats(stats, { declined_batches: 0, fallbacks: 4, folios_moved: 4, folios_failed: 0 });
});

test('what a failed batch left in its destinations does not matter', () => {
  const fake = machineWith();
  const migrator = new SpyMigrator(fake, (list, port) => {
    copySome(list, port, () => true);
    list.copied.fill(0);
    return -ERRNO.ETIMEDOUT;
  });
  migrate(fake, row(4), { migrator });
  checkFolios(fake, row(4), TARGET);
});

/** A migrator of which it is known whether its owner is still there when it copies. */
function ownedMigrator(name: string, owner: CountingOwner, during: () => void = () => {}): Migrator {
  return {
    name,
    owner,
    offloadCopy: (list, port) => {
      during();
      assert.equal(owner.references, 1, `${name} copies although its owner was released`);
      return copySome(list, port, () => true);
    },
  };
}

test('the migrator that was asked is the one that copies, though another takes over meanwhile', async () => {
  const fake = machineWith({
    onUnmap: (_page, attempt) => {
      if (attempt === 1 && !swapped) swap();
      return 0;
    },
  });
  const registry = new MigratorRegistry();
  const [oldOwner, newOwner] = [new CountingOwner(), new CountingOwner()];
  let copiesOfOld = 0;
  let copiesOfNew = 0;
  let swapped: Promise<void> | undefined;
  const swap = (): void => {
    swapped = registry.unregister('old');
    registry.register(ownedMigrator('new', newOwner, () => copiesOfNew++));
  };
  registry.register(ownedMigrator('old', oldOwner, () => copiesOfOld++));
  const stats = new MigrateStats();
  const request = requestOn(fake, registry, { stats });
  assert.equal(migratePages(request, folioList(row(12))), 0);
  await swapped;
  assert.deepEqual([copiesOfOld, copiesOfNew], [1, 2]);
  assert.deepEqual([oldOwner.references, newOwner.references], [0, 1]);
  checkStats(stats, { offload_folios: 12, fallbacks: 0 });
  checkFolios(fake, row(12), TARGET);
});

test('a migrator may unregister itself while it copies', async () => {
  const fake = machineWith();
  const registry = new MigratorRegistry();
  const owner = new CountingOwner();
  let done: Promise<void> | undefined;
  registry.register(
    ownedMigrator('one', owner, () => {
      done = registry.unregister('one');
    }),
  );
  const request = requestOn(fake, registry, { batchPages: 512 });
  assert.equal(migratePages(request, folioList(row(4))), 0);
  await done;
  assert.equal(owner.references, 0);
});

test('a machine that throws ends the read section, so that the migrator can go', async () => {
  const fake = machineWith({
    onUnmap: () => {
      throw new Error('the machine broke');
    },
  });
  const registry = new MigratorRegistry();
  registry.register(new SpyMigrator(fake));
  const request = requestOn(fake, registry, { batchPages: 512 });
  assert.throws(() => migratePages(request, folioList(row(4))));
  await registry.unregister('spy');
});
