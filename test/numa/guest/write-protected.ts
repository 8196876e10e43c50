import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from '../../ferry/support/content.js';
import { assertAllMoved, HUGE, MIB, PAGE, withFerry } from '../../ferry/support/fixture.js';
import { assertAllOn, tables, touchedOn } from '../support/kernel.js';
import { MIGRATORS } from '../support/migrators.js';

for (const folioSize of [PAGE, HUGE]) {
  for (const [name, option] of MIGRATORS.filter(([name]) => name === 'no migrator' || name === 'dcbm')) {
    test(`write-protected to node 1 and back, folios of ${folioSize}, ${name}`, async () => {
      await withFerry({}, async (ferry) => {
        assert.ok(ferry.capabilities.writeProtection);
        if (option !== undefined) await ferry.registerMigrator(option);
        const buffer = new SharedArrayBuffer(8 * MIB);
        const region = ferry.adopt(buffer, { folioSize });
        touchedOn(buffer, 0, () => fill(buffer));
        for (const to of [1, 0]) {
          assertAllMoved(region, await region.migrate({ to, copyMode: 'write-protected' }));
          assertAllOn(region, to);
          assert.equal(tables.protectedBytes(buffer), 0);
        }
        assertContent(buffer);
        const stats = ferry.stats();
        assert.equal(stats.write_protected_folios, stats.folios_moved);
      });
    });
  }
}

for (const to of [1, 0]) {
  test(`promote of small pages on node 0 to node ${to}: huge pages, there`, async () => {
    await withFerry({}, async (ferry) => {
      const buffer = new SharedArrayBuffer(40 * MIB);
      const region = ferry.adopt(buffer);
      touchedOn(buffer, 0, () => fill(buffer));
      assert.equal(tables.hugeBytes(buffer), 0);
      const result = await region.migrate({ to, hugePages: 'promote' });
      assert.deepEqual(result.failures, []);
      assert.equal(result.hugeBytes, tables.hugeBytes(buffer));
      assert.ok(result.hugeBytes >= 36 * MIB, `${result.hugeBytes} bytes on huge pages`);
      assertAllOn(region, to);
      assertContent(buffer);
    });
  });
}
