import { test } from 'node:test';
import { openFerry } from '../../src/index.js';
import { amount } from '../deep.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, withFerry } from './support/fixture.js';
import { wasStopped } from './support/stopped.js';

test('release and close at once end well', LIMIT, async () => {
  for (let stopped = 0; stopped < amount(2, 5); ) {
    const buffer = new SharedArrayBuffer(2 * MIB);
    fill(buffer);
    const ferry = await openFerry({ batchBytes: 8 * 4096 });
    const region = ferry.adopt(buffer);
    const outcome = wasStopped(region, region.migrate({ to: 1 }), 'region');
    region.release();
    await ferry.close();
    if (await outcome) stopped++;
    assertContent(buffer);
    await withFerry({}, async (other) => {
      const again = other.adopt(buffer);
      assertAllMoved(again, await again.migrate({ to: 1 }));
    });
    assertContent(buffer);
  }
});
