import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, MIB, refusal, withFerry } from './support/fixture.js';

test('a region that was released is refused', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.allocate(MIB);
    region.release();
    await assert.rejects(region.migrate({ to: 1 }), refusal('EINVAL', 'region'));
    await assert.rejects(region.movePages([0], null), refusal('EINVAL', 'region'));
  });
});

test('movePages takes arrays and typed arrays, empty ones too', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.allocate(MIB);
    for (const empty of [[], new Float64Array(), new Uint32Array(), { length: 0 }]) {
      assert.deepEqual([...(await region.movePages(empty, null))], []);
      assert.deepEqual([...(await region.movePages(empty, empty))], []);
    }
  });
});
