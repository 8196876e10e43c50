import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { fill } from './support/content.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';
import { neverUses, USES, useAll } from './support/unwatched-scenes.js';
import { EAGER, isMarked, WATCH_SOURCES, watchFor } from './support/watching.js';

function descriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

neverUses(USES.slice(0, 1));

test(
  'a watch that has ended leaves no descriptor and no mark, and one that never began neither',
  LIMIT,
  async () => {
    // Node opens descriptors of its event loops whenever it starts a thread.
    const open = (): number =>
      descriptors().filter((link) => !/^(anon_inode:\[event(fd|poll)\]|pipe:.*)$/.test(link)).length;
    await withFerry({}, async (ferry) => {
      const memory = new SharedArrayBuffer(8 * MIB);
      fill(memory);
      const region = ferry.adopt(memory);
      const before = open();
      await useAll(ferry, region);
      assert.equal(open(), before);
      const { tables_moved: _, pages_moved_singly: __, ...counted } = ferry.stats();
      for (const source of WATCH_SOURCES) {
        await watchFor(region, source, 2, { ...EAGER, minUnitBytes: 32768 });
        assert.equal(open(), before, source);
      }
      assert.equal(isMarked(memory), false);
      // Nor is a watch counted as migrations.
      const { tables_moved: ___, pages_moved_singly: ____, ...after } = ferry.stats();
      assert.deepEqual(after, counted);
    });
  },
);
