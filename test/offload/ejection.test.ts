import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ERRNO } from '../../src/common/errno.js';
import type { Migrator } from '../../src/offload/migrator.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import { checkStats } from '../mm/scenario.js';
import { ejections } from './ejections.js';
import { CountingOwner, idleMigrator } from './owner.js';
import { copySome } from './spy-migrator.js';

type Behaviour = Migrator['offloadCopy'];
const good: Behaviour = (list, port) => copySome(list, port, () => true);

const FAILURES: Readonly<Record<string, readonly [Behaviour, why: RegExp]>> = {
  fails: [() => -ERRNO.EIO, /^it returned -5$/],
  throws: [
    () => {
      throw new Error('driver bug');
    },
    /driver bug/,
  ],
  'times out': [() => -ERRNO.ETIMEDOUT, /timed out/],
  'returns nonsense': [() => 7, /7/],
  'marks nothing': [() => 0, /without marking/],
  'marks too little': [(list, port) => copySome(list, port, (i) => i > 0), /without marking/],
  lies: [
    (list) => {
      list.copied.fill(1, 0, list.length);
      return 0;
    },
    /had not/,
  ],
  'has copied everything and fails': [(list, port) => good(list, port) || -ERRNO.EIO, /^it returned -5$/],
  'has copied everything and returns nonsense': [(list, port) => good(list, port) || 7, /7/],
};

for (const [what, [behaviour, why]] of Object.entries(FAILURES)) {
  test(`a migrator that ${what} in max_failures batches in a row is unregistered, once, and it is said why`, async () => {
    const { registry, owner, stats, whys, batches } = ejections((_, list, port) => behaviour(list, port), {
      batches: 10,
      maxFailures: 4,
    });
    assert.equal(batches, 4, 'later batches do without it');
    assert.equal(whys.length, 1);
    assert.match(whys[0]!, why);
    assert.equal(registry.active, undefined);
    checkStats(stats, { migrators_ejected: 1, batches: 10, folios_moved: 40 });
    await setImmediate();
    assert.equal(owner.references, 0);
    registry.register(idleMigrator('two'));
  });

  test(`a migrator that ${what} is not unregistered as long as a batch in between succeeds`, () => {
    const { registry, whys, batches, stats } = ejections(
      (batch, list, port) => (batch % 4 === 3 ? good(list, port) : behaviour(list, port)),
      { batches: 20, maxFailures: 4 },
    );
    assert.deepEqual([batches, whys.length], [20, 0]);
    assert.equal(registry.active?.name, 'one');
    checkStats(stats, { migrators_ejected: 0 });
  });
}

for (const [what, errno] of [
  ['declines', ERRNO.EOPNOTSUPP],
  ['has no channel', ERRNO.ENODEV],
  ['is busy', ERRNO.EBUSY],
] as const) {
  test(`a migrator that ${what}, however often, stays`, () => {
    const { registry, whys, batches } = ejections(() => -errno, { batches: 50, maxFailures: 1 });
    assert.deepEqual([batches, whys.length], [50, 0]);
    assert.equal(registry.active?.name, 'one');
  });
}

for (const [what, errno] of [
  ['declined', ERRNO.EOPNOTSUPP],
  ['refused', ERRNO.ENODEV],
  ['refused as busy', ERRNO.EBUSY],
] as const) {
  test(`batches that were ${what} in between do not make up for failures`, () => {
    const { whys, batches } = ejections((batch) => (batch % 3 === 0 ? -ERRNO.ETIMEDOUT : -errno), {
      batches: 20,
      maxFailures: 3,
    });
    assert.deepEqual([batches, whys.length], [7, 1]);
  });
}

test('the reports of batches say what was copied, what was not, and whether that is a failure', () => {
  const behaviours: readonly Behaviour[] = [
    good,
    () => -ERRNO.EOPNOTSUPP,
    (list, port) => copySome(list, port, (i) => i < 1) || -ERRNO.EBUSY,
    (list, port) => copySome(list, port, (i) => i < 3) || -ERRNO.EIO,
    (list, port) => {
      copySome(list, port, (i) => i < 2);
      list.copied.fill(1, 0, 3);
      return 0;
    },
  ];
  const { reports } = ejections((batch, list, port) => behaviours[batch]!(list, port), {
    batches: 5,
    maxFailures: 100,
  });
  assert.deepEqual(
    reports.map(({ migrated, failures, failed }) => [migrated, failures, failed]),
    [
      [4, 0, false],
      [0, 4, false],
      [1, 3, false],
      [3, 1, true],
      [2, 2, true],
    ],
  );
});

/** Reports a failed batch of a registration. */
const FAILED = {
  migrated: 0,
  failures: 1,
  failed: true,
  cause: 'failed',
  why: 'again',
} as const;

test('the owner of a migrator that was unregistered for its failures is released after the grace period', async () => {
  let told = 0;
  const registry = new MigratorRegistry(undefined, { ejected: () => told++ });
  registry.settings.set('max_failures', 1);
  const owner = new CountingOwner();
  registry.register(idleMigrator('one', owner));
  const [first, second] = [registry.enter('syscall')!, registry.enter('syscall')!];
  assert.equal(registry.report(first, FAILED), true);
  assert.equal(registry.active, undefined);
  assert.equal(registry.enter('syscall'), undefined);
  // The other batch fails, too: it is gone already.
  assert.equal(registry.report(second, FAILED), false);
  assert.equal(told, 1);
  registry.leave(first);
  await setImmediate();
  assert.equal(owner.references, 1);
  registry.leave(second);
  await setImmediate();
  assert.equal(owner.references, 0);
});

test('a batch of a migrator that has left does not count against the next, even of the same name', async () => {
  const registry = new MigratorRegistry(undefined, {
    ejected: () => assert.fail('nobody is to be unregistered'),
  });
  registry.settings.set('max_failures', 1);
  const owner = new CountingOwner();
  const migrator = idleMigrator('one', owner);
  registry.register(migrator);
  const batch = registry.enter('syscall')!;
  const done = registry.unregister('one');
  registry.register(migrator);
  assert.equal(registry.report(batch, FAILED), false);
  assert.equal(registry.active, migrator);
  registry.leave(batch);
  await done;
  assert.equal(owner.references, 1);
});

test('an owner that cannot be released leaves no unhandled rejection behind', async () => {
  const registry = new MigratorRegistry();
  registry.settings.set('max_failures', 1);
  registry.register(
    idleMigrator('one', { acquire: () => true, release: () => Promise.reject(new Error('stuck')) }),
  );
  const batch = registry.enter('syscall')!;
  registry.report(batch, FAILED);
  registry.leave(batch);
  await setImmediate();
  assert.equal(registry.active, undefined);
});
