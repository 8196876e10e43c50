import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, withFerry } from './support/fixture.js';
import { unsharedAndMove } from './support/fork-scenes.js';
import { FOLIO_SIZES } from './support/live.js';

unsharedAndMove(FOLIO_SIZES.slice(0, 1));

test('after release the memory is inherited by a child again, and can still be migrated', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(4 * MIB);
    fill(buffer);
    const region = ferry.adopt(buffer);
    assertAllMoved(region, await region.migrate({ to: 1 }));
    await region.release();
    spawnSync('/bin/true');
    const again = ferry.adopt(buffer);
    assertAllMoved(again, await again.migrate({ to: 1 }));
    assertContent(buffer);
  });
});
