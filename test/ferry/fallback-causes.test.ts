import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, MIB, withFerry } from './support/fixture.js';

test('the result of a migration says why folios fell back', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    await ferry.registerMigrator({ name: 'error', decline: 2, failFolio: 100 });
    const region = ferry.allocate(16 * MIB);
    new Int32Array(region.buffer).fill(1);
    const { fallbackCauses, fallbacks, foliosMoved } = await region.migrate({ to: 1 });
    const { declined, failed, ...others } = fallbackCauses;
    assert.ok(declined >= 512 && declined <= foliosMoved / 2 + 512);
    assert.ok(failed > 0);
    assert.equal(fallbacks, declined + failed);
    assert.deepEqual(others, { refused: 0, threw: 0, timed_out: 0, nonsense: 0, unverified: 0, unmarked: 0 });
  });
});
