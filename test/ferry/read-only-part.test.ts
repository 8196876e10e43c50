import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, countersAdded, fill, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import {
  assertAllMoved,
  LIMIT,
  MIB,
  nextBatch,
  PAGE,
  tally,
  whereAll,
  withFerry,
} from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';
import { PageTables } from './support/pages.js';
import { PROT_READ, PROT_READ_WRITE, protect } from './support/system-calls.js';

const READ_ONLY = 100 * PAGE;

for (const folioSize of FOLIO_SIZES) {
  test(`a part that is read-only stays with EINVAL, folios of ${folioSize}`, LIMIT, async () => {
    const tables = new PageTables();
    await withFerry({}, async (ferry) => {
      const buffer = new SharedArrayBuffer(12 * MIB);
      fill(buffer);
      const region = ferry.adopt(buffer, { folioSize });
      const offset = region.migratable[0]!.offset + 777 * PAGE;
      const address = tables.addressOf(buffer) + offset;
      protect(address, READ_ONLY, PROT_READ);
      const result = await region.migrate({ to: 1 });
      assert.ok(result.failures.every(({ errno }) => errno === 'EINVAL'));
      const failed = result.failures.reduce((sum, { length }) => sum + length, 0);
      assert.equal(failed, READ_ONLY, 'no page but the read-only ones stays');
      assert.equal(result.bytesMoved, region.migratableBytes - READ_ONLY);
      assert.deepEqual(tally(await whereAll(ferry, region)), {
        0: READ_ONLY / PAGE,
        1: result.bytesMoved / PAGE,
      });
      assertContent(buffer);
      protect(address, READ_ONLY, PROT_READ_WRITE);
      assert.equal((await region.migrate({ to: 1 })).bytesMoved, READ_ONLY);
      assertAllMoved(region, await region.migrate({ to: 0 }));
      assertContent(buffer);
    });
    tables.close();
  });

  test(
    `memory becomes read-only and writable again in mid-migration, folios of ${folioSize}`,
    LIMIT,
    async () => {
      const tables = new PageTables();
      await withFerry({ maxBatchedMigration: 512 }, async (ferry) => {
        const buffer = new SharedArrayBuffer(16 * MIB);
        fillCounters(buffer);
        const region = ferry.adopt(buffer, { folioSize });
        const { offset, length } = region.migratable[0]!;
        const address = tables.addressOf(buffer) + offset;
        const crew = await Crew.start(buffer, [{ kind: 'read' }, { kind: 'read' }]);
        try {
          for (let round = 1; round <= 8; round++) {
            const { batches } = ferry.stats();
            const moving = region.migrate({ to: round % 2 });
            await nextBatch(ferry, batches);
            for (let i = 0; i < 20; i++) {
              protect(address + i * 10 * PAGE, length / 2, PROT_READ);
              protect(address + i * 10 * PAGE, length / 2, PROT_READ_WRITE);
            }
            const result = await moving;
            assert.equal(result.foliosAbsent, 0);
            assert.ok(result.failures.every(({ errno }) => errno === 'EINVAL' || errno === 'EBUSY'));
          }
          await crew.allGoOn();
          await region.migrate({ to: 1 });
          assert.deepEqual(tally(await whereAll(ferry, region)), { 1: region.migratableBytes / PAGE });
        } finally {
          await crew.stop();
          assert.equal(countersAdded(buffer), 0);
        }
      });
      tables.close();
    },
  );
}
