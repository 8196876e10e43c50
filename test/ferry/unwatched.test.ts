import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { openFerryWith } from '../../src/ferry/open-ferry.js';
import type { Ferry, Region } from '../../src/index.js';
import { assertContent, fill } from './support/content.js';
import { type Failure, failingMachine } from './support/failing-machine.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';
import { EAGER, isMarked, WATCH_SOURCES, watchFor } from './support/watching.js';

/** Everything that only a watch needs, and the source that uses it. */
const USES: readonly (readonly [Failure['call'], (typeof WATCH_SOURCES)[number]])[] = [
  ['marks', 'referenced'],
  ['clearRefs', 'referenced'],
  ['smaps', 'referenced'],
  ['cpuNs', 'referenced'],
  ['programNs', 'hint'],
  ['awaitTouch', 'hint'],
  ['takeTouches', 'hint'],
];

/** All that a program does with a region, but for watching it. */
async function useAll(ferry: Ferry, region: Region): Promise<void> {
  assert.equal((await region.migrate({ to: 1 })).foliosFailed, 0);
  assert.equal((await region.migrate({ to: 0, copyMode: 'write-protected' })).foliosFailed, 0);
  await region.movePages([0, 65536], [1, 1]);
  await region.locate();
  await region.advise(0, 4 * MIB, 'cold');
  await region.advise(0, MIB, 'dead');
  await ferry.prefill({ node: 1, bytes: MIB });
}

for (const [call, source] of USES) {
  test(`without a watch the migration thread never uses ${call}, and with one it does`, LIMIT, async () => {
    const wrapMachine = failingMachine({ call, nth: 1, when: 'before', how: 'exit' });
    const ferry = await openFerryWith({}, { wrapMachine });
    const memory = new SharedArrayBuffer(8 * MIB);
    fill(memory);
    const region = ferry.adopt(memory);
    await useAll(ferry, region);
    assertContent(memory, 0, MIB);
    // The same ferry, as a check of the check.
    ferry.closed.catch(() => undefined);
    await assert.rejects(watchFor(region, source, 1), { code: 'EIO', message: /exited with code 3/ });
    await ferry.close();
    assertContent(memory, 0, MIB);
  });
}

test(
  'a watch that has ended leaves no descriptor and no mark, and one that never began neither',
  LIMIT,
  async () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
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
