import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { ErrorOption, Ferry } from '../../src/index.js';
import { amount, sampled } from '../deep.js';
import { LIMIT, MIB, PAGE, until, withFerry } from './support/fixture.js';
import { migrateUnderLoad } from './support/live.js';
import { fallbacksOf, PAGEFERRY, tune } from './support/parameters.js';

/** Migrates under load with a migrator that always fails; resolves to the warning. */
async function ejected(ferry: Ferry, faults: Omit<ErrorOption, 'name'>): Promise<Error & { code?: string }> {
  await tune(ferry, { copy_timeout_ms: 3, max_failures: 3, verify_copies: 1, pipeline_depth: 4 });
  const warning = once(process, 'warning');
  await ferry.registerMigrator({ name: 'error', ...faults });
  assert.equal(ferry.activeMigrator, 'error');
  const buffer = new SharedArrayBuffer(amount(12, 24) * MIB);
  await migrateUnderLoad(ferry, buffer, buffer, PAGE, 2);
  return (await warning)[0] as Error;
}

for (const [what, faults, why] of sampled(
  [
    ['fails', { failBatch: 1 }, /it returned -5$/],
    ['throws', { throw: 1 }, /it threw: injected into batch \d+$/],
    ['throws, of those by dcbm', { throw: 1, inner: { name: 'dcbm', channels: 3 } }, /it threw: injected/],
    ['hangs', { hang: 1 }, /it timed out$/],
    ['returns nonsense', { nonsense: 1 }, /it returned .*, which is neither 0 nor a negative errno$/],
    ['lies', { lie: 7 }, /it reported folios as copied that it had not copied$/],
  ] as const,
  3,
)) {
  test(
    `a migrator that ${what} again and again is unregistered with a warning, and nothing is lost`,
    LIMIT,
    async () => {
      await withFerry({}, async (ferry) => {
        const told: string[] = [];
        ferry.parameters.watch(`${PAGEFERRY}/active_migrator`, (_, value) => void told.push(value));
        const warning = await ejected(ferry, faults);
        assert.equal(warning.code, 'PAGEFERRY_MIGRATOR_EJECTED');
        assert.match(warning.message, /^migrator 'error' was unregistered/);
        assert.match(warning.message, why);
        assert.equal(ferry.activeMigrator, undefined);
        assert.equal(ferry.parameters.get(`${PAGEFERRY}/active_migrator`), 'none');
        await until(() => told.at(-1) === 'none');
        assert.equal(ferry.stats().migrators_ejected, 1);
        await assert.rejects(ferry.unregisterMigrator('error'), { code: 'EINVAL' });
        // Its place is free.
        await ferry.registerMigrator({ name: 'cpu' });
        const buffer = new SharedArrayBuffer(4 * MIB);
        await migrateUnderLoad(ferry, buffer, buffer, PAGE, 1);
        assert.equal(ferry.activeMigrator, 'cpu');
      });
    },
  );
}

test('a migrator that declines or refuses everything is not unregistered', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    await tune(ferry, { max_failures: 1 });
    for (const faults of [{ decline: 1 }, { refuse: 1 }]) {
      await ferry.registerMigrator({ name: 'error', ...faults });
      const buffer = new SharedArrayBuffer(8 * MIB);
      await migrateUnderLoad(ferry, buffer, buffer, PAGE, 1);
      assert.equal(ferry.activeMigrator, 'error');
      await ferry.unregisterMigrator('error');
    }
    assert.deepEqual(Object.keys(fallbacksOf(ferry)).sort(), ['declined', 'refused']);
    assert.equal(ferry.stats().offload_folios, 0);
  });
});
