import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MigratorOption } from '../../src/index.js';
import { amount } from '../deep.js';
import { countersAdded, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { assertAllMoved, LIMIT, MIB, nextBatch, PAGE, until, withFerry } from './support/fixture.js';
import { fixture } from './support/module-fixture.js';
import { tune } from './support/parameters.js';

for (const migrator of [
  { name: 'cpu' },
  { name: 'mtcopy', threads: 2 },
  { name: 'dcbm', channels: 3 },
  { module: fixture('good') },
] as const satisfies readonly MigratorOption[]) {
  const { name = 'good' } = migrator as { name?: string };
  const counted = name === 'dcbm' || name === 'mtcopy';
  test(
    `${name} unregistered in mid-migration: no batch uses it afterwards, and the migration ends well`,
    LIMIT,
    async (t) => {
      // Many batches, so that the migration is still under way when the thread of a module has ended.
      const batchBytes = (name === 'good' ? 8 : 128) * 4096;
      await withFerry({ batchBytes }, async (ferry) => {
        await tune(ferry, { pipeline_depth: 4 });
        const buffer = new SharedArrayBuffer(amount(32, 96) * MIB);
        const region = ferry.adopt(buffer);
        fillCounters(buffer);
        const crew = await Crew.start(buffer, [{ kind: 'write' }]);
        t.after(() => crew.stop());
        let meanwhile = 0;
        for (let to = 1; meanwhile < 2; to = 1 - to) {
          await ferry.registerMigrator(migrator);
          let over = false;
          const { batches: before } = ferry.stats();
          const migration = region.migrate({ to }).finally(() => {
            over = true;
          });
          await nextBatch(ferry, before);
          await ferry.unregisterMigrator(name);
          const copied = counted ? ferry.parameters.get(`module/${name}/parameters/folios_migrated`) : '';
          // The counters of the ferry are told every now and then: with the next batch, what came before is in them.
          const { batches } = ferry.stats();
          await until(() => over || ferry.stats().batches > batches);
          const at = ferry.stats();
          const inTheMiddle = !over;

          assert.equal(ferry.activeMigrator, undefined);
          const result = await migration;
          assertAllMoved(region, result);
          const end = ferry.stats();
          assert.equal(
            end.offload_batches,
            at.offload_batches,
            'a batch was copied by a migrator that is gone',
          );
          assert.equal(end.offload_folios, at.offload_folios);
          assert.equal(end.fallbacks, at.fallbacks);
          if (counted)
            assert.equal(ferry.parameters.get(`module/${name}/parameters/folios_migrated`), copied);

          if (inTheMiddle && at.offload_batches > 0 && end.batches > at.batches) meanwhile++;
        }
        if (counted) {
          const copied = Number(ferry.parameters.get(`module/${name}/parameters/folios_migrated`));
          assert.equal(copied, ferry.stats().offload_folios);
        }

        await crew.allGoOn();
        const [added] = await crew.stop();
        assert.equal(countersAdded(buffer), added);
      });
    },
  );
}

test('who is registered while another one still leaves is the active one', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const module = { module: fixture('good') };
    // A module's thread takes a while to end.
    for (const next of [{ name: 'cpu' }, module] as const) {
      await ferry.registerMigrator(module);
      const leaving = ferry.unregisterMigrator('good');
      const name: string = await ferry.registerMigrator(next);
      assert.equal(ferry.activeMigrator, name);
      await leaving;
      assert.equal(ferry.activeMigrator, name);
      const before = ferry.stats().offload_folios;
      const region = ferry.allocate(MIB);
      new Int32Array(region.buffer).fill(1);
      assertAllMoved(region, await region.migrate({ to: 1 }));
      assert.equal(ferry.stats().offload_folios - before, region.migratableBytes / PAGE);
      await ferry.unregisterMigrator(name);
      assert.equal(ferry.activeMigrator, undefined);
    }
  });
});

test(
  'a reason that the mask leaves out is not offloaded; the next migration for another one is',
  LIMIT,
  async () => {
    await withFerry({ reasonMask: ['compaction'] }, async (ferry) => {
      await ferry.registerMigrator({ name: 'dcbm', channels: 2 });
      const region = ferry.allocate(8 * MIB);
      new Int32Array(region.buffer).fill(1);
      assertAllMoved(region, await region.migrate({ to: 1 }));
      assert.deepEqual([ferry.stats().offload_folios, ferry.stats().fallbacks], [0, 0]);
      assertAllMoved(region, await region.migrate({ to: 0, reason: 'compaction' }));
      assert.ok(ferry.stats().offload_folios > 0);
    });
  },
);
