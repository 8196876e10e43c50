import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { type Ferry, MigrationError, type MigratorOption, openFerry } from '../../src/index.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, refusal, withFerry } from './support/fixture.js';
import { fixture } from './support/module-fixture.js';
import { DCBM, MTCOPY } from './support/parameters.js';

/** What is no migrator, with the error and the argument that it names. */
const WRONG: readonly (readonly [option: unknown, code: string, argument: string])[] = [
  [undefined, 'EINVAL', 'migrator'],
  [null, 'EINVAL', 'migrator'],
  ['cpu', 'EINVAL', 'migrator'],
  [{}, 'EINVAL', 'migrator'],
  [{ name: 7 }, 'EINVAL', 'migrator'],
  [{ name: 'gpu' }, 'ENODEV', 'migrator.name'],
  [{ name: 'CPU' }, 'ENODEV', 'migrator.name'],
  [{ name: 'toString' }, 'ENODEV', 'migrator.name'],
  [{ name: 'cpu', threads: 2 }, 'EINVAL', 'migrator.threads'],
  ...[0, 65, -1, 1.5, '2', Number.NaN, null].map(
    (threads) => [{ name: 'mtcopy', threads }, 'EINVAL', 'migrator.threads'] as const,
  ),
  [{ name: 'mtcopy', channels: 2 }, 'EINVAL', 'migrator.channels'],
  ...[0, 17, -1, 1.5, '2', Number.POSITIVE_INFINITY, null].map(
    (channels) => [{ name: 'dcbm', channels }, 'EINVAL', 'migrator.channels'] as const,
  ),
  ...['x', '', 'IDXD', null, 0].map(
    (device) => [{ name: 'dcbm', device }, 'EINVAL', 'migrator.device'] as const,
  ),
  [{ name: 'dcbm', threads: 2 }, 'EINVAL', 'migrator.threads'],
  [{ name: 'error', inner: { name: 'error' } }, 'EINVAL', 'migrator.inner'],
  [{ name: 'error', inner: { module: fixture('good') } }, 'EINVAL', 'migrator.inner'],
  [{ name: 'error', inner: null }, 'EINVAL', 'migrator.inner'],
  [{ name: 'error', inner: { name: 'dcbm', channels: 17 } }, 'EINVAL', 'migrator.inner.channels'],
  [{ name: 'error', inner: { name: 'gpu' } }, 'ENODEV', 'migrator.inner.name'],
  [{ name: 'error', decline: 0 }, 'EINVAL', 'migrator.decline'],
  [{ name: 'error', explode: 1 }, 'EINVAL', 'migrator.explode'],
  [{ name: 'error', delay: 1 }, 'EINVAL', 'migrator.delayMs'],
  [{ module: fixture('good'), name: 'good' }, 'EINVAL', 'migrator.name'],
];

async function assertAsBefore(ferry: Ferry, values: readonly string[]): Promise<void> {
  assert.equal(ferry.activeMigrator, undefined);
  assert.deepEqual(
    ferry.parameters.list().map(({ value }) => value),
    values,
  );
  await ferry.registerMigrator({ name: 'cpu' });
  await ferry.unregisterMigrator('cpu');
}

test('a bad option is refused by its name, and nothing has changed', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const values = ferry.parameters.list().map(({ value }) => value);
    for (const [option, code, argument] of WRONG) {
      await assert.rejects(ferry.registerMigrator(option as MigratorOption), refusal(code, argument));
    }
    await assertAsBefore(ferry, values);
  });
});

test(
  'a bad option is refused before anybody is asked, also when a migrator is registered',
  LIMIT,
  async () => {
    await withFerry({}, async (ferry) => {
      await ferry.registerMigrator({ name: 'cpu' });
      for (const [option, code, argument] of WRONG) {
        await assert.rejects(ferry.registerMigrator(option as MigratorOption), refusal(code, argument));
      }
      assert.equal(ferry.activeMigrator, 'cpu');
    });
  },
);

for (const first of [{ name: 'cpu' }, { name: 'dcbm', channels: 2 }, { module: fixture('good') }] as const) {
  const name = 'name' in first ? first.name : 'good';
  test(`while ${name} is registered every other one is busy, and told so`, LIMIT, async () => {
    await withFerry({}, async (ferry) => {
      await ferry.registerMigrator(first);
      const settings = [`${DCBM}/nr_dma_chan`, `${MTCOPY}/threads`].map((path) => ferry.parameters.get(path));
      for (const second of [
        { name: 'cpu' },
        { name: 'dcbm', channels: 7 },
        { name: 'mtcopy', threads: 7 },
        { name: 'error', decline: 1 },
        { module: fixture('good') },
      ] as const) {
        await assert.rejects(ferry.registerMigrator(second), (error) => {
          assert.ok(error instanceof MigrationError);
          assert.equal(error.code, 'EBUSY');
          assert.match(error.message, new RegExp(`'${name}' is already active.*Unregister '${name}' first`));
          return true;
        });
        assert.equal(ferry.activeMigrator, name);
      }
      assert.deepEqual(
        [`${DCBM}/nr_dma_chan`, `${MTCOPY}/threads`].map((path) => ferry.parameters.get(path)),
        settings,
      );
      const region = ferry.allocate(4 * MIB);
      fill(region.buffer);
      assertAllMoved(region, await region.migrate({ to: 1 }));
      assert.ok(ferry.stats().offload_folios > 0);
      assertContent(region.buffer);
    });
  });
}

test(
  'of two that are registered at the same time one is refused, and has changed nothing',
  LIMIT,
  async () => {
    await withFerry({}, async (ferry) => {
      for (const [first, second, path] of [
        [{ name: 'dcbm', channels: 2 }, { name: 'dcbm', channels: 7 }, `${DCBM}/nr_dma_chan`],
        [{ name: 'mtcopy', threads: 2 }, { name: 'mtcopy', threads: 5 }, `${MTCOPY}/threads`],
      ] as const) {
        const registered = ferry.registerMigrator(first);
        await assert.rejects(ferry.registerMigrator(second), { code: 'EBUSY' });
        assert.equal(await registered, first.name);
        assert.equal(ferry.parameters.get(path), '2');
        await ferry.unregisterMigrator(first.name);
      }
    });
  },
);

test('without an Intel DSA the idxd device is refused with a reason', {
  ...LIMIT,
  skip: existsSync('/dev/dsa') ? 'this host has one' : false,
}, async () => {
  await withFerry({}, async (ferry) => {
    for (const option of [
      { name: 'dcbm', device: 'idxd' },
      { name: 'error', inner: { name: 'dcbm', device: 'idxd' } },
    ] as const) {
      await assert.rejects(ferry.registerMigrator(option), (error) => {
        assert.ok(error instanceof MigrationError);
        assert.equal(error.code, 'ENODEV');
        assert.match(error.message, /DSA|idxd|work queue/i);
        assert.ok((error.advice ?? '').length > 0);
        return true;
      });
      assert.equal(ferry.activeMigrator, undefined);
    }
    await ferry.registerMigrator({ name: 'dcbm', device: 'soft' });
    assert.equal(ferry.activeMigrator, 'dcbm');
  });
});

test('only the registered one can be unregistered', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    await assert.rejects(ferry.unregisterMigrator('cpu'), { code: 'EINVAL', argument: 'name' });
    await ferry.registerMigrator({ name: 'cpu' });
    for (const name of ['dcbm', '', 'CPU', undefined as unknown as string]) {
      await assert.rejects(ferry.unregisterMigrator(name), { code: 'EINVAL', argument: 'name' });
    }
    assert.equal(ferry.activeMigrator, 'cpu');
    await ferry.unregisterMigrator('cpu');
    await assert.rejects(ferry.unregisterMigrator('cpu'), { code: 'EINVAL', argument: 'name' });
  });
});

test('a ferry that is closed registers nothing, nor does one that is closed meanwhile', LIMIT, async () => {
  const ferry = await openFerry();
  const rejected = Promise.all(
    [{ module: fixture('slow-import') }, { name: 'dcbm', channels: 16 } as const].map((option) =>
      ferry.registerMigrator(option).then(
        (name) => name,
        (error: unknown) => (error as MigrationError).code,
      ),
    ),
  );
  await ferry.close();
  // The one that takes its time is told that the ferry is closed; it would have waited for ever.
  assert.equal((await rejected)[0], 'EBADF');
  await assert.rejects(ferry.registerMigrator({ name: 'cpu' }), refusal('EBADF'));
  await assert.rejects(ferry.unregisterMigrator('cpu'), refusal('EBADF'));
});
