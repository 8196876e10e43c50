import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amount } from '../deep.js';
import { abortError, SIGNAL_STOPS_CASES, signalStops } from './support/abort-scenes.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, PAGE, tally, whereAll, withFerry } from './support/fixture.js';

test('a signal that is aborted beforehand: nothing moves', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(4 * MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    const reason = new Error('why');
    const error = await abortError(region.migrate({ to: 1, signal: AbortSignal.abort(reason) }));
    assert.equal(error.cause, reason);
    assert.equal(error.result.foliosMoved, 0);
    assert.equal(error.result.foliosFailed, 0);
    assert.deepEqual(Object.keys(tally(await whereAll(region))), ['0']);
    assertAllMoved(region, await region.migrate({ to: 1 }));
    assertContent(buffer);
  });
});

signalStops(SIGNAL_STOPS_CASES.slice(0, 1));

test(
  'a migration that is aborted while it waits for its turn moves nothing; the others go on',
  LIMIT,
  async () => {
    // The first one takes much longer than the next lines do.
    await withFerry({ batchBytes: 4096 }, async (ferry) => {
      const buffer = new SharedArrayBuffer(amount(16, 64) * MIB);
      const region = ferry.adopt(buffer);
      fill(buffer);
      const controller = new AbortController();
      const first = region.migrate({ to: 1 });
      const second = region.migrate({ to: 0, signal: controller.signal });
      const third = region.migrate({ to: 1 });
      controller.abort();
      assertAllMoved(region, await first);
      assert.equal((await abortError(second)).result.foliosMoved, 0);
      assert.equal((await third).foliosOnTarget, region.migratableBytes / PAGE);
      assertContent(buffer);
    });
  },
);

test('a signal that is aborted afterwards does nothing', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.allocate(MIB);
    fill(region.buffer);
    const controller = new AbortController();
    assertAllMoved(region, await region.migrate({ to: 1, signal: controller.signal }));
    controller.abort();
    assertAllMoved(region, await region.migrate({ to: 0 }));
  });
});
