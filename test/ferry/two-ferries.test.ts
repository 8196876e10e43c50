import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countersAdded, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { assertAllMoved, LIMIT, MIB, refusal, withFerry } from './support/fixture.js';

test('two ferries of one process migrate side by side', LIMIT, async () => {
  await withFerry({}, async (one) => {
    await withFerry({}, async (two) => {
      const buffers = [new SharedArrayBuffer(16 * MIB), new SharedArrayBuffer(16 * MIB)];
      const regions = [one.adopt(buffers[0]!), two.adopt(buffers[1]!, { folioSize: 2 * MIB })];
      for (const buffer of buffers) fillCounters(buffer);
      const crews = await Promise.all(buffers.map((buffer) => Crew.start(buffer, [{ kind: 'write' }])));
      for (const to of [1, 0, 1]) {
        const results = await Promise.all(regions.map((region) => region.migrate({ to })));
        for (const [i, region] of regions.entries()) assertAllMoved(region, results[i]!);
      }
      for (const [i, crew] of crews.entries()) {
        const [added] = await crew.stop();
        assert.equal(countersAdded(buffers[i]!), added);
      }
    });
  });
});

test('what one ferry has adopted another one refuses', LIMIT, async () => {
  await withFerry({}, async (one) => {
    await withFerry({}, (two) => {
      const buffer = new SharedArrayBuffer(MIB);
      one.adopt(buffer);
      assert.throws(() => two.adopt(buffer), refusal('EBUSY', 'buffer'));
    });
  });
});
