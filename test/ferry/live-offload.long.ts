import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFerryWith } from '../../src/ferry/open-ferry.js';
import type { MigratorOption } from '../../src/index.js';
import { amount, DEEP, sampled } from '../deep.js';
import { HUGE, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { HASTY_TIMERS } from './support/hasty-timers.js';
import { migrateUnderLoad } from './support/live.js';
import { fallbacksOf, tune } from './support/parameters.js';

const MIGRATORS: readonly MigratorOption[] = [
  { name: 'mtcopy', threads: 1 },
  { name: 'mtcopy', threads: 3 },
  { name: 'dcbm', channels: 1 },
  { name: 'dcbm', channels: 3 },
  { name: 'dcbm', channels: 16 },
];

for (const [turn, migrator] of sampled(MIGRATORS, 2).entries()) {
  for (const folioSize of DEEP ? [PAGE, HUGE] : [[PAGE, HUGE][turn]!]) {
    const { name, ...width } = migrator as { name: string };
    test(
      `no update is lost by ${name} ${JSON.stringify(width)}, folios of ${folioSize}, at any depth`,
      LIMIT,
      async () => {
        await withFerry({}, async (ferry) => {
          await ferry.registerMigrator(migrator);
          for (const depth of sampled([1, 2, 3, 4], 2)) {
            const buffer = new SharedArrayBuffer(amount(8, 24) * MIB);
            await tune(ferry, { pipeline_depth: depth });
            const before = ferry.stats();
            await migrateUnderLoad(ferry, buffer, buffer, folioSize, 2);
            const after = ferry.stats();
            assert.ok(after.offload_batches > before.offload_batches);
            // dcbm leaves the little that is over at the end to others; nothing else is left to do.
            const { declined = 0, ...others } = fallbacksOf(ferry);
            assert.deepEqual(others, {});
            assert.equal(after.fallbacks, declined);
            assert.ok(name === 'dcbm' || declined === 0);
            assert.equal(after.offload_folios + after.fallbacks, after.folios_moved);
            assert.equal(after.folios_quarantined, 0);
          }
          assert.equal(ferry.activeMigrator, name);
        });
      },
    );
  }
}

test('no update is lost with large batches, and with small ones, at depth 4', LIMIT, async () => {
  for (const batchPages of [128, 4096]) {
    await withFerry({ batchBytes: batchPages * PAGE }, async (ferry) => {
      await ferry.registerMigrator({ name: 'dcbm', channels: 3 });
      await tune(ferry, { pipeline_depth: 4 });
      for (const folioSize of [PAGE, HUGE]) {
        const buffer = new SharedArrayBuffer(amount(16, 32) * MIB);
        await migrateUnderLoad(ferry, buffer, buffer, folioSize, 2);
      }
      assert.ok(ferry.stats().offload_batches > 0);
    });
  }
});

test('no update is lost with pools that keep nothing, at depth 4', LIMIT, async () => {
  await withFerry({ poolBytes: 0 }, async (ferry) => {
    await ferry.registerMigrator({ name: 'dcbm', channels: 3 });
    await tune(ferry, { pipeline_depth: 4 });
    for (const folioSize of [PAGE, 65536, HUGE]) {
      const buffer = new SharedArrayBuffer(16 * MIB);
      await migrateUnderLoad(ferry, buffer, buffer, folioSize, 2);
    }
  });
});

test('every true copy passes the verification, under writers, at depth 4', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    await tune(ferry, { pipeline_depth: 4, verify_copies: 1 });
    for (const migrator of [{ name: 'dcbm', channels: 3 }, { name: 'mtcopy' }, { name: 'cpu' }] as const) {
      await ferry.registerMigrator(migrator);
      const buffer = new SharedArrayBuffer(16 * MIB);
      await migrateUnderLoad(ferry, buffer, buffer, PAGE, 2);
      await ferry.unregisterMigrator(migrator.name);
    }
    assert.equal(ferry.stats().fallbacks_unverified, 0);
    assert.ok(ferry.stats().offload_folios > 0);
  });
});

/**
 * A copy times out when a channel is in the middle of it and the migration thread has done all of the rest. With two CPUs
 * that is about one batch in fifty, so most rounds have one. It is luck all the same: without one the test is skipped.
 */
const MAX_ROUNDS = 50;

test('no update is lost with a channel that times out again and again', LIMIT, async (t) => {
  const ferry = await openFerryWith({}, { wrapMachine: HASTY_TIMERS });
  try {
    await tune(ferry, { copy_timeout_ms: 1, max_failures: 1_000_000, pipeline_depth: 4 });
    await ferry.registerMigrator({ name: 'dcbm', channels: 16 });
    for (const folioSize of [PAGE, HUGE]) {
      const { fallbacks_timed_out: before } = ferry.stats();
      for (let i = 0; i < MAX_ROUNDS && ferry.stats().fallbacks_timed_out === before; i++) {
        const buffer = new SharedArrayBuffer(amount(16, 32) * MIB);
        await migrateUnderLoad(ferry, buffer, buffer, folioSize, 4);
      }
      if (ferry.stats().fallbacks_timed_out === before) {
        t.skip(`no copy of folios of ${folioSize} has timed out in ${MAX_ROUNDS} rounds`);
      }
    }
    const { timed_out = 0, refused = 0, declined = 0, ...others } = fallbacksOf(ferry);
    assert.deepEqual(others, {});
    assert.equal(ferry.stats().fallbacks, timed_out + refused + declined);
    assert.equal(ferry.activeMigrator, 'dcbm');
  } finally {
    await ferry.close();
  }
});
