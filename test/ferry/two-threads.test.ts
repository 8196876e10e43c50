import assert from 'node:assert/strict';
import { test } from 'node:test';
import { libc } from '../../src/linux/sys/libc.js';
import { flagsOf } from '../../src/linux/tables/copy-kind.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, refusal, withFerry } from './support/fixture.js';
import { withSecondFerry } from './support/two-threads-scenes.js';

/** Marks of /proc/self/smaps: a child does not inherit the memory. */
const DONTFORK = 'dc';

function isKeptFromChildren(buffer: SharedArrayBuffer): boolean {
  return flagsOf(libc().addressOf(new Uint8Array(buffer, MIB, 1)))?.includes(DONTFORK) === true;
}

test(
  'memory that a ferry of one thread has adopted the ferry of another refuses, until it is released',
  LIMIT,
  async () => {
    const buffer = new SharedArrayBuffer(8 * MIB);
    fill(buffer);
    await withFerry({ audit: true }, async (ferry) => {
      const region = ferry.adopt(buffer);
      await withSecondFerry(buffer, async (tell) => {
        const refused = await tell('adopt');
        assert.equal(refused.outcome, 'EBUSY');
        assert.match(refused.message!, /buffer: is adopted by a ferry of another thread/);
        await tell('release');
        assert.equal(isKeptFromChildren(buffer), true);
        for (const to of [1, 0, 1]) assertAllMoved(region, await region.migrate({ to }));
        await region.release();
        assert.equal(isKeptFromChildren(buffer), false);
        assert.equal((await tell('adopt')).outcome, 'adopted');
        assert.throws(() => ferry.adopt(buffer), refusal('EBUSY', 'buffer'));
        assert.equal(isKeptFromChildren(buffer), true);
        await tell('release');
        await ferry.adopt(buffer).release();
      });
    });
    assertContent(buffer);
  },
);
