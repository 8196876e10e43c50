import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Migrator } from '../../src/offload/migrator.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import { CountingOwner, idleMigrator } from './owner.js';

test('a second migrator gets EBUSY, is told which one is active, and its owner is left alone', () => {
  const registry = new MigratorRegistry();
  registry.register(idleMigrator('one'));
  const owner = new CountingOwner();
  assert.throws(() => registry.register(idleMigrator('two', owner)), { code: 'EBUSY', message: /'one'/ });
  assert.equal(registry.active?.name, 'one');
  assert.equal(owner.references, 0);
});

test('the active migrator cannot be registered again', () => {
  const registry = new MigratorRegistry();
  const migrator = idleMigrator('one');
  registry.register(migrator);
  assert.throws(() => registry.register(migrator), { code: 'EBUSY' });
});

test('what has no offloadCopy or no name gets EINVAL', () => {
  const registry = new MigratorRegistry();
  const wrong: unknown[] = [
    undefined,
    null,
    {},
    { name: 'x' },
    { name: 'x', offloadCopy: 1 },
    { offloadCopy() {} },
  ];
  for (const migrator of wrong) {
    assert.throws(() => registry.register(migrator as Migrator), { code: 'EINVAL' });
  }
  assert.equal(registry.active, undefined);
});

test('a migrator whose owner is gone gets ENODEV, and the place stays free', () => {
  const registry = new MigratorRegistry();
  const owner = new CountingOwner();
  owner.gone = true;
  assert.throws(() => registry.register(idleMigrator('one', owner)), { code: 'ENODEV' });
  registry.register(idleMigrator('two'));
  assert.equal(registry.active?.name, 'two');
});

test('the owner is held while its migrator is registered', async () => {
  const registry = new MigratorRegistry();
  const owner = new CountingOwner();
  registry.register(idleMigrator('one', owner));
  assert.equal(owner.references, 1);
  await registry.unregister('one');
  assert.equal(owner.references, 0);
});

test('only the active migrator can be unregistered, else EINVAL', async () => {
  const registry = new MigratorRegistry();
  await assert.rejects(registry.unregister('one'), { code: 'EINVAL' });
  registry.register(idleMigrator('one'));
  await assert.rejects(registry.unregister('two'), { code: 'EINVAL', message: /'one'/ });
  assert.equal(registry.active?.name, 'one');
  await registry.unregister('one');
  await assert.rejects(registry.unregister('one'), { code: 'EINVAL' });
});

test('unregistering fails if the owner cannot be released, and the place is free all the same', async () => {
  const registry = new MigratorRegistry();
  const owner = { acquire: () => true, release: () => Promise.reject(new Error('stuck')) };
  registry.register(idleMigrator('one', owner));
  await assert.rejects(registry.unregister('one'), { message: 'stuck' });
  assert.equal(registry.active, undefined);
});
