import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, refusal, withFerry } from './support/fixture.js';
import { withSecondFerry } from './support/two-threads-scenes.js';

test('memory of a thread that was ended with its ferry open can be adopted by another', LIMIT, async () => {
  const buffer = new SharedArrayBuffer(8 * MIB);
  fill(buffer);
  await withFerry({}, async (ferry) => {
    await withSecondFerry(buffer, async (tell, worker) => {
      assert.equal((await tell('adopt')).outcome, 'adopted');
      assert.throws(() => ferry.adopt(buffer), refusal('EBUSY', 'buffer'));
      await worker.terminate();
      const region = ferry.adopt(buffer);
      assertAllMoved(region, await region.migrate({ to: 1 }));
    });
  });
  assertContent(buffer);
});
