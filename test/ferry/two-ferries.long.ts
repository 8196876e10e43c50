import { test } from 'node:test';
import { openFerry } from '../../src/index.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, withFerry } from './support/fixture.js';

test('closing one ferry leaves the other at work', LIMIT, async () => {
  await withFerry({ batchBytes: 4 * 4096 }, async (stays) => {
    const buffer = new SharedArrayBuffer(16 * MIB);
    fill(buffer);
    const region = stays.adopt(buffer);
    const leaves = await openFerry();
    const moving = region.migrate({ to: 1 });
    await leaves.close();
    assertAllMoved(region, await moving);
    assertContent(buffer);
  });
});
