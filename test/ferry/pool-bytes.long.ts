import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countersAdded, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { assertAllMoved, HUGE, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';

const prefilled = (ferry: { nodes: readonly { bytesPooled: number }[] }): number =>
  Math.max(...ferry.nodes.map(({ bytesPooled }) => bytesPooled));

for (const folioSize of FOLIO_SIZES) {
  for (const poolBytes of [0, 3 * PAGE, 4 * MIB]) {
    test(`a pool of at most ${poolBytes} bytes, folios of ${folioSize}`, LIMIT, async () => {
      await withFerry({ poolBytes, batchBytes: 64 * 4096 }, async (ferry) => {
        const buffer = new SharedArrayBuffer(6 * MIB);
        fillCounters(buffer);
        const region = ferry.adopt(buffer, { folioSize });
        const crew = await Crew.start(buffer, [{ kind: 'write' }]);
        try {
          for (const to of [1, 0, 1]) {
            assertAllMoved(region, await region.migrate({ to }));
            // A pool gives chunks back whole.
            assert.ok(prefilled(ferry) <= poolBytes, `${prefilled(ferry)} bytes pooled`);
          }
          await crew.allGoOn();
        } finally {
          const [added] = await crew.stop();
          assert.equal(countersAdded(buffer), added);
        }
      });
    });
  }
}

test('both ways at once, from and into pools that keep nothing', LIMIT, async () => {
  await withFerry({ poolBytes: 0 }, async (ferry) => {
    const buffers = [new SharedArrayBuffer(6 * MIB), new SharedArrayBuffer(12 * MIB)];
    for (const buffer of buffers) fillCounters(buffer);
    const regions = buffers.map((buffer, i) => ferry.adopt(buffer, { folioSize: i === 0 ? PAGE : HUGE }));
    assertAllMoved(regions[1]!, await regions[1]!.migrate({ to: 1 }));
    for (let round = 1; round <= 4; round++) {
      const results = await Promise.all(regions.map((region, i) => region.migrate({ to: (round + i) % 2 })));
      for (const [i, region] of regions.entries()) assertAllMoved(region, results[i]!);
    }
    assert.equal(prefilled(ferry), 0);
    for (const buffer of buffers) assert.equal(countersAdded(buffer), 0);
  });
});
