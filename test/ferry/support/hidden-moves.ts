import assert from 'node:assert/strict';
import { countersAdded, fillCounters } from './content.js';
import { Crew } from './crew.js';
import { PAGE, tally, whereAll, withFerry } from './fixture.js';
import { MADV_COLD, MADV_PAGEOUT } from './system-calls.js';

/** Asked for together, so that the thread need not wait for the next request. */
const AT_ONCE = 32;

export interface HiddenMoves {
  readonly seen: number;
  readonly migrations: number;
}

/**
 * Migrates a few pages to and fro until the kernel has denied a move often enough, or `goOn` says no, and asserts that
 * nothing came of it.
 *
 * The kernel's move starts over when an entry changes under it: a reclaimer clears the accessed bit, a writer sets it.
 * It can then forget that it has moved the page. The fewer pages there are, the more often all three meet on one.
 */
export async function provokeHiddenMoves(
  wanted: number,
  goOn: (migrations: number) => boolean,
): Promise<HiddenMoves> {
  let found: HiddenMoves = { seen: 0, migrations: 0 };
  await withFerry({ batchBytes: 2 * 4096 }, async (ferry) => {
    const buffer = new SharedArrayBuffer(8 * PAGE);
    const region = ferry.adopt(buffer);
    const pages = region.migratableBytes / PAGE;
    fillCounters(buffer);
    const crew = await Crew.start(buffer, [
      { kind: 'write' },
      { kind: 'write' },
      { kind: 'advise', advices: [MADV_COLD, MADV_COLD, MADV_COLD, MADV_PAGEOUT] },
    ]);
    let migrations = 0;
    try {
      while (ferry.stats().hidden_moves < wanted && goOn(migrations)) {
        const asked = Array.from({ length: AT_ONCE }, (_, i) => region.migrate({ to: (i + 1) % 2 }));
        for (const result of await Promise.all(asked)) {
          assert.equal(
            result.foliosAbsent,
            0,
            'a page that moved unreported is not taken for one that is gone',
          );
          assert.ok(result.failures.every(({ code }) => code === 'EBUSY'));
          assert.equal(result.foliosMoved + result.foliosFailed + result.foliosOnTarget, pages);
        }
        migrations += AT_ONCE;
      }
      await crew.allGoOn();
    } finally {
      const [first, second] = await crew.stop();
      assert.equal(countersAdded(buffer), first! + second!);
    }
    assert.deepEqual((await region.migrate({ to: 1 })).failures, []);
    assert.deepEqual(tally(await whereAll(region)), { 1: pages });
    found = { seen: ferry.stats().hidden_moves, migrations };
  });
  return found;
}
