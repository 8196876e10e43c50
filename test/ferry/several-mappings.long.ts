import assert from 'node:assert/strict';
import { test } from 'node:test';
import { libc } from '../../src/linux/sys/libc.js';
import { mappedRanges } from '../../src/linux/sys/proc-maps.js';
import { amount, sampled } from '../deep.js';
import { assertContent, countersAdded, fill, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { assertAllMoved, HUGE, LIMIT, MIB, PAGE, tally, whereAll, withFerry } from './support/fixture.js';

const MADV_DONTDUMP = 16;

/**
 * Memory whose second 2M folio lies across two mappings, and the fourth, too: as what malloc gives may, once parts
 * of its heap were adopted before.
 */
function severalMappings(): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(12 * MIB);
  const address = libc().addressOf(new Uint8Array(buffer, 0, 1));
  const first = Math.ceil(address / HUGE) * HUGE;
  assert.equal(libc().madvise(first + 3 * MIB + PAGE, 4 * MIB, MADV_DONTDUMP), 0);
  assert.ok(mappedRanges(first, first + 8 * MIB).length >= 3);
  return buffer;
}

for (const migrator of [undefined, { name: 'dcbm', channels: 2 }] as const) {
  for (const folioSize of sampled([PAGE, 65536, HUGE], 2)) {
    test(
      `memory of several mappings moves, folios of ${folioSize}, ${migrator?.name ?? 'no migrator'}`,
      LIMIT,
      async (t) => {
        await withFerry({ batchBytes: 16 * 2 ** 20 }, async (ferry) => {
          if (migrator !== undefined) await ferry.registerMigrator(migrator);
          const buffer = severalMappings();
          const region = ferry.adopt(buffer, { folioSize });
          fillCounters(buffer);
          const crew = await Crew.start(buffer, [{ kind: 'write' }]);
          t.after(() => crew.stop());
          for (let round = 1; round <= amount(2, 4); round++) {
            const to = round % 2;
            const result = await region.migrate({ to });
            assertAllMoved(region, result);
            // It is no folio: it moves page by page.
            assert.equal(result.splits, folioSize === PAGE ? 0 : 2);
            assert.deepEqual(tally(await whereAll(region)), { [to]: region.migratableBytes / PAGE });
          }
          await crew.allGoOn();
          const [added] = await crew.stop();
          assert.equal(countersAdded(buffer), added);
        });
      },
    );
  }
}

test('for numa_misplaced, which never splits, a folio across two mappings stays', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = severalMappings();
    const region = ferry.adopt(buffer, { folioSize: HUGE });
    fill(buffer);
    const { failures, splits, foliosFailed, bytesMoved } = await region.migrate({
      to: 1,
      reason: 'numa_misplaced',
    });
    assert.deepEqual([splits, foliosFailed], [0, 2]);
    assert.ok(failures.every(({ code }) => code === 'EINVAL'));
    assert.equal(bytesMoved, region.migratableBytes - 2 * HUGE);
    assertContent(buffer);
  });
});
