import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sampled } from '../../deep.js';
import { countersAdded, fillCounters } from './content.js';
import { Crew } from './crew.js';
import { HUGE, LIMIT, MIB, PAGE, tally, whereAll, withFerry } from './fixture.js';
import { unlessCollapsed } from './khugepaged.js';
import { PageTables } from './pages.js';
import { advise, MADV_HUGEPAGE } from './system-calls.js';

async function splits(t: TestContext, folioSize: number): Promise<void> {
  const tables = new PageTables();
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(16 * MIB);
    const start = tables.addressOf(buffer);
    const first = Math.ceil(start / HUGE) * HUGE;
    advise(first, 12 * MIB, MADV_HUGEPAGE);
    fillCounters(buffer);
    const huge = tables.hugeBytes(buffer);
    if (huge === 0) {
      t.skip('this host gives no transparent huge pages');
      return;
    }
    const region = ferry.adopt(buffer, { folioSize });
    const crew = await Crew.start(buffer, [{ kind: 'write' }, { kind: 'write' }, { kind: 'read' }]);
    try {
      // Neither its start nor its end is a huge page's.
      const part = { offset: first - start + HUGE + 37 * PAGE, length: 5 * MIB };
      const rest = region.migratableBytes / PAGE - part.length / PAGE;
      for (const to of [1, 0, 1]) {
        const result = await region.migrate({ to, ...part });
        assert.deepEqual(result.failures, []);
        assert.equal(result.bytesMoved, part.length);
        const where = tally(await whereAll(region));
        assert.deepEqual(
          where,
          to === 1 ? { 0: rest, 1: part.length / PAGE } : { 0: rest + part.length / PAGE },
        );
        await crew.allGoOn();
      }
      assert.ok(tables.hugeBytes(buffer) <= huge - 2 * HUGE, 'the two at its ends are split');
      assert.deepEqual((await region.migrate({ to: 0 })).failures, []);
      await crew.allGoOn();
    } finally {
      const [one, two] = await crew.stop();
      assert.equal(countersAdded(buffer), one! + two!);
    }
  });
  tables.close();
}

export const SPLITS_HUGE_CASES = sampled([PAGE, 65536, HUGE], 2);

export function splitsHuge(cases: readonly (typeof SPLITS_HUGE_CASES)[number][]): void {
  for (const folioSize of cases) {
    test(`a range that cuts through huge pages splits them, folios of ${folioSize}`, LIMIT, (t) =>
      unlessCollapsed(() => splits(t, folioSize)),
    );
  }
}
