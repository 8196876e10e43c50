import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amount } from '../deep.js';
import { assertContent, countersAdded, fill, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { assertAllMoved, LIMIT, MIB, PAGE, tally, whereAll, withFerry } from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';
import { PageTables } from './support/pages.js';
import { withSwap } from './support/swap-file.js';
import { advise, MADV_COLD, MADV_PAGEOUT } from './support/system-calls.js';

const ENOENT = -2;

for (const folioSize of FOLIO_SIZES) {
  test(
    `pages in swap move, and come back in as they are copied, folios of ${folioSize}`,
    LIMIT,
    async (t) => {
      const tables = new PageTables();
      await withSwap(t, 32 * MIB, async () => {
        await withFerry({}, async (ferry) => {
          const buffer = new SharedArrayBuffer(8 * MIB);
          fill(buffer);
          const region = ferry.adopt(buffer, { folioSize });
          const { offset, length } = region.migratable[0]!;
          for (const to of [1, 0]) {
            advise(tables.addressOf(buffer) + offset, length, MADV_PAGEOUT);
            const swapped = tally(await whereAll(region))[ENOENT] ?? 0;
            assert.ok(swapped > 0, 'some pages are in swap');
            assertAllMoved(region, await region.migrate({ to }));
            assert.deepEqual(tally(await whereAll(region)), { [to]: length / PAGE });
            assertContent(buffer);
          }
        });
      });
      tables.close();
    },
  );

  test(
    `pages go to swap while they are migrated and written to, folios of ${folioSize}`,
    LIMIT,
    async (t) => {
      await withSwap(t, 32 * MIB, async () => {
        await withFerry({}, async (ferry) => {
          const buffer = new SharedArrayBuffer(8 * MIB);
          fillCounters(buffer);
          const region = ferry.adopt(buffer, { folioSize });
          const crew = await Crew.start(buffer, [
            { kind: 'write' },
            { kind: 'write' },
            { kind: 'advise', advices: [MADV_COLD, MADV_PAGEOUT] },
          ]);
          try {
            for (let round = 1; round <= amount(3, 8); round++) {
              const result = await region.migrate({ to: round % 2 });
              assert.equal(result.foliosAbsent, 0);
              assert.ok(result.failures.every(({ code }) => code === 'EBUSY'));
            }
            await crew.allGoOn();
          } finally {
            const [first, second] = await crew.stop();
            assert.equal(countersAdded(buffer), first! + second!);
          }
        });
      });
    },
  );
}
