import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { MigratorRegistry } from '../../src/offload/registry.js';
import { CountingOwner, idleMigrator } from './owner.js';

/** A registry with an active migrator, being unregistered while `readers` batches use it. */
async function unregisterUnder(readers: number) {
  const registry = new MigratorRegistry();
  const owner = new CountingOwner();
  registry.register(idleMigrator('one', owner));
  const batches = Array.from({ length: readers }, () => registry.enter('syscall')!);
  const state = { returned: false };
  const done = registry.unregister('one').then(() => {
    state.returned = true;
  });
  await setImmediate();
  return { registry, owner, batches, state, done };
}

test('unregistering waits for the last batch that uses the migrator; only then its owner is released', async () => {
  const { registry, owner, batches, state, done } = await unregisterUnder(2);
  assert.equal(state.returned, false);
  assert.equal(owner.references, 1);
  registry.leave(batches[0]!);
  await setImmediate();
  assert.equal(state.returned, false);
  assert.equal(owner.references, 1);
  registry.leave(batches[1]!);
  await done;
  assert.equal(owner.references, 0);
});

test('unregistering does not wait if no batch uses the migrator', async () => {
  const { owner, state } = await unregisterUnder(0);
  assert.equal(state.returned, true);
  assert.equal(owner.references, 0);
});

test('new batches do not see a migrator that is being unregistered', async () => {
  const { registry, batches, done } = await unregisterUnder(1);
  assert.equal(registry.active, undefined);
  assert.equal(registry.enter('syscall'), undefined);
  registry.leave(batches[0]!);
  await done;
});

test('a migrator that is being unregistered cannot be unregistered again', async () => {
  const { registry, batches, done } = await unregisterUnder(1);
  await assert.rejects(registry.unregister('one'), { code: 'EINVAL' });
  registry.leave(batches[0]!);
  await done;
});

test('the next migrator need not wait, and its batches do not prolong the grace period of the last', async () => {
  const { registry, owner, batches, done } = await unregisterUnder(1);
  registry.register(idleMigrator('two'));
  const next = registry.enter('syscall')!;
  assert.equal(next.migrator.name, 'two');
  assert.equal(batches[0]!.migrator.name, 'one');
  registry.leave(batches[0]!);
  await done;
  assert.equal(owner.references, 0);
  registry.leave(next);
});

test('a migrator may come back while batches of its former registration are still on', async () => {
  const owner = new CountingOwner();
  const registry = new MigratorRegistry();
  const migrator = idleMigrator('one', owner);
  registry.register(migrator);
  const batch = registry.enter('syscall')!;
  const done = registry.unregister('one');
  registry.register(migrator);
  assert.equal(owner.references, 2);
  registry.leave(batch);
  await done;
  assert.equal(owner.references, 1);
  assert.equal(registry.active, migrator);
});

test('unregistering returns after the owner has been released, even if that takes a while', async () => {
  const registry = new MigratorRegistry();
  let released = false;
  const release = async (): Promise<void> => {
    await setImmediate();
    released = true;
  };
  registry.register(idleMigrator('one', { acquire: () => true, release }));
  await registry.unregister('one');
  assert.equal(released, true);
});
