import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countersAdded, fillCounters } from './support/content.js';
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
import { call } from './support/system-calls.js';

const LOCKED = 100 * PAGE;

for (const folioSize of FOLIO_SIZES) {
  test(`a part that is locked in memory stays with EINVAL, folios of ${folioSize}`, LIMIT, async () => {
    const tables = new PageTables();
    await withFerry({}, async (ferry) => {
      const buffer = new SharedArrayBuffer(12 * MIB);
      fillCounters(buffer);
      const region = ferry.adopt(buffer, { folioSize });
      const offset = region.migratable[0]!.offset + 777 * PAGE;
      const address = tables.addressOf(buffer) + offset;
      const crew = await Crew.start(buffer, [{ kind: 'write' }, { kind: 'read' }]);
      try {
        call('mlock', address, LOCKED);
        const result = await region.migrate({ to: 1 });
        assert.ok(result.failures.every(({ errno }) => errno === 'EINVAL'));
        const failed = result.failures.reduce((sum, { length }) => sum + length, 0);
        assert.equal(failed, LOCKED, 'no page but the locked ones stays');
        assert.equal(result.bytesMoved, region.migratableBytes - LOCKED);
        assert.deepEqual(tally(await whereAll(ferry, region)), {
          0: LOCKED / PAGE,
          1: result.bytesMoved / PAGE,
        });
        await crew.allGoOn();
        call('munlock', address, LOCKED);
        assert.equal((await region.migrate({ to: 1 })).bytesMoved, LOCKED);
        assertAllMoved(region, await region.migrate({ to: 0 }));
        await crew.allGoOn();
      } finally {
        const [added] = await crew.stop();
        assert.equal(countersAdded(buffer), added);
      }
    });
    tables.close();
  });

  test(`memory is locked and unlocked in mid-migration, folios of ${folioSize}`, LIMIT, async () => {
    const tables = new PageTables();
    await withFerry({ maxBatchedMigration: 512 }, async (ferry) => {
      const buffer = new SharedArrayBuffer(16 * MIB);
      fillCounters(buffer);
      const region = ferry.adopt(buffer, { folioSize });
      const { offset, length } = region.migratable[0]!;
      const address = tables.addressOf(buffer) + offset;
      const crew = await Crew.start(buffer, [{ kind: 'write' }]);
      try {
        for (let round = 1; round <= 8; round++) {
          const { batches } = ferry.stats();
          const moving = region.migrate({ to: round % 2 });
          await nextBatch(ferry, batches);
          for (let i = 0; i < 5; i++) {
            call('mlock', address + i * MIB, length / 2);
            call('munlock', address + i * MIB, length / 2);
          }
          const result = await moving;
          assert.equal(result.foliosAbsent, 0);
          assert.ok(result.failures.every(({ errno }) => errno === 'EINVAL' || errno === 'EBUSY'));
        }
        await crew.allGoOn();
        await region.migrate({ to: 1 });
        assert.deepEqual(tally(await whereAll(ferry, region)), { 1: region.migratableBytes / PAGE });
      } finally {
        const [added] = await crew.stop();
        assert.equal(countersAdded(buffer), added);
      }
    });
    tables.close();
  });
}
