import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ferry, Region } from '../../../src/index.js';
import { assertContent, fill } from '../../ferry/support/content.js';
import { assertAllMoved, HUGE, MIB, PAGE, withFerry } from '../../ferry/support/fixture.js';
import { tune } from '../../ferry/support/parameters.js';
import { assertAllOn, tables, touchedOn } from '../support/kernel.js';
import { MIGRATORS } from '../support/migrators.js';

const BYTES = 8 * MIB;

function adopted(ferry: Ferry, folioSize: number): Region<SharedArrayBuffer> {
  const buffer = new SharedArrayBuffer(BYTES);
  const region = ferry.adopt(buffer, { folioSize });
  touchedOn(buffer, 0, () => fill(buffer));
  return region;
}

function allocated(ferry: Ferry, folioSize: number): Region<SharedArrayBuffer> {
  const region = ferry.allocate(BYTES, { folioSize, node: 0 });
  fill(region.buffer);
  return region;
}

for (const folioSize of [PAGE, HUGE]) {
  for (const [name, option] of MIGRATORS) {
    test(`adopted and allocated memory on node 1 and back, folios of ${folioSize}, ${name}`, async () => {
      await withFerry({}, async (ferry) => {
        assert.deepEqual(
          ferry.nodes.map(({ numaNode, emulated }) => [numaNode, emulated]),
          [
            [0, false],
            [1, false],
          ],
        );
        // However often it fails, it is to be asked again.
        await tune(ferry, { max_failures: 1_000_000 });
        if (option !== undefined) await ferry.registerMigrator(option);
        for (const open of [adopted, allocated]) {
          const region = open(ferry, folioSize);
          const buffer = region.buffer;
          assertAllOn(region, 0);
          const huge = tables.hugeBytes(buffer);
          if (folioSize === HUGE) assert.ok(huge >= BYTES - HUGE, `${huge} bytes on huge pages`);
          else assert.equal(huge, 0);
          for (const to of [1, 0]) {
            assertAllMoved(region, await region.migrate({ to }));
            assertAllOn(region, to);
            // Of pools that have held small pages before, this kernel makes no promise.
            const fresh = open === adopted && to === 1;
            if (fresh) assert.equal(tables.hugeBytes(buffer), huge, 'what was huge stays huge');
          }
          assertContent(buffer);
        }
        const { offload_folios, fallbacks_failed } = ferry.stats();
        assert.equal(offload_folios > 0, option !== undefined, `${offload_folios} folios offloaded`);
        assert.equal(fallbacks_failed > 0, name === 'error over dcbm', `${fallbacks_failed} failed`);
      });
    });
  }
}
