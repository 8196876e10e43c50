import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, HUGE, LIMIT, MIB, refusal, withFerry } from './support/fixture.js';

test('a released buffer can be adopted by another ferry', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    await withFerry({}, async (other) => {
      const buffer = new SharedArrayBuffer(4 * MIB);
      fill(buffer);
      const first = ferry.adopt(buffer);
      assertAllMoved(first, await first.migrate({ to: 1 }));
      await first.release();
      const second = other.adopt(buffer);
      assertAllMoved(second, await second.migrate({ to: 1 }));
      assertContent(buffer);
    });
  });
});

test('a buffer that had large folios can be adopted with small ones', LIMIT, async () => {
  const buffer = new SharedArrayBuffer(16 * MIB);
  await withFerry({}, async (ferry) => {
    const region = ferry.adopt(buffer, { folioSize: HUGE });
    fill(buffer);
    assertAllMoved(region, await region.migrate({ to: 1 }));
  });
  await withFerry({ batchBytes: 8 * 2 ** 20 }, async (ferry) => {
    const region = ferry.adopt(buffer);
    for (const to of [1, 0]) assertAllMoved(region, await region.migrate({ to }));
    assertContent(buffer);
  });
});

test("the ferry's own buffers work on after release", LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.allocate(8 * MIB, { folioSize: HUGE });
    const buffer = region.buffer;
    fill(buffer);
    assertAllMoved(region, await region.migrate({ to: 1 }));
    region.release();
    assertContent(buffer);
    fill(buffer, 1);
    await assert.rejects(region.migrate({ to: 0 }), refusal('EINVAL', 'region'));
    assertContent(buffer, 1);
  });
});
