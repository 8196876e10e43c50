import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_GAP_PAGES } from '../../../src/engine/folio-cutter.js';
import { countersAdded, fillCounters } from '../../ferry/support/content.js';
import { Crew } from '../../ferry/support/crew.js';
import { MIB, PAGE, pageOffsets, withFerry } from '../../ferry/support/fixture.js';
import { assertAllOn, kernelStatus, touchedOn } from '../support/kernel.js';

for (const migrator of [undefined, { name: 'mtcopy', threads: 2 }, { name: 'dcbm', channels: 2 }] as const) {
  test(`gaps that move along end on the target, under a writer, ${migrator?.name ?? 'no migrator'}`, async (t) => {
    await withFerry({}, async (ferry) => {
      if (migrator !== undefined) await ferry.registerMigrator(migrator);
      const buffer = new SharedArrayBuffer(MIB);
      const region = ferry.adopt(buffer);
      touchedOn(buffer, 0, () => fillCounters(buffer));
      const crew = await Crew.start(buffer, [{ kind: 'write' }]);
      t.after(() => crew.stop());
      const offsets = pageOffsets(region);
      for (const gap of [1, MAX_GAP_PAGES]) {
        for (const to of [1, 0]) {
          const nodes = offsets.map((_, i) => (i % (gap + 1) === 0 ? 1 - to : to));
          assert.deepEqual([...(await ferry.movePages(region, offsets, nodes))], nodes);
          assert.deepEqual(kernelStatus(region), nodes);
          const movers = nodes.filter((node) => node !== to).length;
          const result = await region.migrate({ to, gaps: 'move' });
          assert.deepEqual([result.foliosMoved, result.foliosFailed, result.code], [movers, 0, null]);
          const gaps = offsets.length - movers;
          assert.ok(result.gapFoliosMoved > gaps - gap - 1 && result.gapFoliosMoved <= gaps);
          assertAllOn(region, to);
          // What the gaps have left behind is on the target too, and no free page of the other node: whoever gets pages
          // from its pool gets that node's.
          await crew.allGoOn();
        }
      }
      const [made] = await crew.stop();
      assert.equal(countersAdded(buffer), made);
      for (const { bytesPooled } of ferry.nodes)
        assert.ok(bytesPooled <= 64 * MIB && bytesPooled % PAGE === 0);
    });
  });
}
