import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFerryWith } from '../../../src/ferry/open-ferry.js';
import type { Ferry, Region } from '../../../src/index.js';
import { assertContent, fill } from './content.js';
import { type Failure, failingMachine } from './failing-machine.js';
import { LIMIT, MIB } from './fixture.js';
import { type WATCH_SOURCES, watchFor } from './watching.js';

/** Everything that only a watch needs, and the source that uses it. */
export const USES: readonly (readonly [Failure['call'], (typeof WATCH_SOURCES)[number]])[] = [
  ['marks', 'referenced'],
  ['clearRefs', 'referenced'],
  ['smaps', 'referenced'],
  ['cpuNs', 'referenced'],
  ['programNs', 'hint'],
  ['awaitTouch', 'hint'],
  ['takeTouches', 'hint'],
];

/** All that a program does with a region, but for watching it. */
export async function useAll(ferry: Ferry, region: Region): Promise<void> {
  assert.equal((await region.migrate({ to: 1 })).foliosFailed, 0);
  assert.equal((await region.migrate({ to: 0, copyMode: 'write-protected' })).foliosFailed, 0);
  await region.movePages([0, 65536], [1, 1]);
  await region.locate();
  await region.advise(0, 4 * MIB, 'cold');
  await region.advise(0, MIB, 'dead');
  await ferry.prefill({ node: 1, bytes: MIB });
}

export function neverUses(cases: readonly (typeof USES)[number][]): void {
  for (const [call, source] of cases) {
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
}
