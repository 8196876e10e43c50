import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ferry } from '../../src/index.js';
import { amount, DEEP, sampled } from '../deep.js';
import { HUGE, LIMIT, MIB, PAGE, until, withFerry } from './support/fixture.js';
import { migrateUnderLoad } from './support/live.js';
import { fixture } from './support/module-fixture.js';
import { fallbacksOf, tune } from './support/parameters.js';

async function migrateAll(ferry: Ferry): Promise<void> {
  for (const folioSize of DEEP ? [PAGE, HUGE] : [PAGE]) {
    const buffer = new SharedArrayBuffer(amount(12, 24) * MIB);
    await migrateUnderLoad(ferry, buffer, buffer, folioSize, 2);
  }
}

for (const name of sampled(['good', 'async', 'replaces-globals'], 2)) {
  test(`no update is lost by a module of the user's own (${name}), at any depth`, LIMIT, async () => {
    await withFerry({}, async (ferry) => {
      const registered = await ferry.registerMigrator({ module: fixture(name) });
      assert.equal(ferry.activeMigrator, registered);
      await tune(ferry, { verify_copies: 1 });
      for (const depth of [1, 4]) {
        await tune(ferry, { pipeline_depth: depth });
        const buffer = new SharedArrayBuffer(8 * MIB);
        await migrateUnderLoad(ferry, buffer, buffer, PAGE, 1);
      }
      assert.deepEqual(fallbacksOf(ferry), {});
      assert.equal(ferry.stats().offload_folios, ferry.stats().folios_moved);
      assert.ok(ferry.stats().offload_folios > 0);
      await ferry.unregisterMigrator(registered);
      assert.equal(ferry.activeMigrator, undefined);
    });
  });
}

for (const [how, cause] of sampled(
  [
    ['throws', 'threw'],
    ['rejects', 'threw'],
    ['throwsNothing', 'threw'],
    ['positive', 'nonsense'],
    ['bigint', 'nonsense'],
    ['badMarks', 'nonsense'],
    ['lies', 'unverified'],
  ] as const,
  3,
)) {
  test(
    `a module of the user's own that goes wrong (${how}) loses nothing and is unregistered`,
    LIMIT,
    async () => {
      await withFerry({}, async (ferry) => {
        await tune(ferry, { verify_copies: 1, max_failures: 5 });
        await ferry.registerMigrator({ module: fixture('misbehaves'), options: { how } });
        await migrateAll(ferry);
        await until(() => ferry.activeMigrator === undefined);
        assert.deepEqual(Object.keys(fallbacksOf(ferry)), [cause]);
        assert.equal(ferry.stats().migrators_ejected, 1);
        // A page that nobody has written to since it was there last is still there: that is not a lie.
        if (how !== 'lies') assert.equal(ferry.stats().offload_folios, 0);
        assert.equal(ferry.stats().folios_quarantined, 0);
      });
    },
  );
}

for (const how of sampled(
  ['hangs', 'neverResolves', 'exits', 'exitsLater', 'crashesLater', 'wakesLate'],
  2,
)) {
  test(
    `a module of the user's own that does not end its batch (${how}) loses nothing, nor do the batches after it`,
    LIMIT,
    async () => {
      await withFerry({}, async (ferry) => {
        await tune(ferry, { copy_timeout_ms: 60, pipeline_depth: 4 });
        // Far beyond the limit, as the engine may get no processor for a while.
        await ferry.registerMigrator({ module: fixture('misbehaves'), options: { how, lateMs: 5000 } });
        await migrateAll(ferry);
        const { timed_out = 0, failed = 0, ...others } = fallbacksOf(ferry);
        assert.deepEqual(others, {});
        // Either the limit was over, or its thread; it fails every batch from then on, and those hold nothing.
        const { folios_quarantined } = ferry.stats();
        assert.ok(folios_quarantined > 0 && folios_quarantined <= timed_out + failed);
        assert.equal(ferry.stats().offload_folios, 0);
        // What was held is free again: the thread is gone.
        if (ferry.activeMigrator !== undefined) await ferry.unregisterMigrator(how);
        // On a busy host a good one may take longer than what is to hang was given.
        await tune(ferry, { copy_timeout_ms: 10_000 });
        await ferry.registerMigrator({ module: fixture('good') });
        const buffer = new SharedArrayBuffer(8 * MIB);
        await migrateUnderLoad(ferry, buffer, buffer, PAGE, 1);
        assert.ok(ferry.stats().offload_folios > 0);
      });
    },
  );
}
