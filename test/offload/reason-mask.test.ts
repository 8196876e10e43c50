import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MIGRATE_REASONS, reasonBit } from '../../src/mm/reason.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import { idleMigrator } from './owner.js';

test('every reason is allowed until the user says otherwise', () => {
  const registry = new MigratorRegistry();
  registry.register(idleMigrator('one'));
  for (const reason of MIGRATE_REASONS) assert.ok(registry.enter(reason), reason);
});

test('only the reasons in the mask are offloaded', () => {
  const registry = new MigratorRegistry();
  registry.register(idleMigrator('one'));
  registry.settings.set('reason_mask', reasonBit('demotion') | reasonBit('damon'));
  const allowed = MIGRATE_REASONS.filter((reason) => registry.enter(reason) !== undefined);
  assert.deepEqual(allowed, ['demotion', 'damon']);
});

test('a batch whose reason is masked does not hold the migrator', async () => {
  const registry = new MigratorRegistry();
  registry.register(idleMigrator('one'));
  registry.settings.set('reason_mask', 0);
  assert.equal(registry.enter('syscall'), undefined);
  await registry.unregister('one');
});

test('the mask stays when the migrator changes', async () => {
  const registry = new MigratorRegistry();
  registry.settings.set('reason_mask', reasonBit('compaction'));
  registry.register(idleMigrator('one'));
  await registry.unregister('one');
  registry.register(idleMigrator('two'));
  assert.equal(registry.enter('syscall'), undefined);
  assert.ok(registry.enter('compaction'));
});
