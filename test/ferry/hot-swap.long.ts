import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amount, sampled } from '../deep.js';
import { HUGE, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { swapUnderLoad } from './support/hot-swap.js';
import { tune } from './support/parameters.js';

const SWAPS = amount(40, 300);
for (const folioSize of [PAGE, HUGE]) {
  for (const depth of sampled([2, 4], 1)) {
    test(
      `nothing is lost when the migrator is exchanged ${SWAPS} times, folios of ${folioSize}, depth ${depth}`,
      LIMIT,
      async () => {
        await withFerry({ batchBytes: 128 * 4096 }, async (ferry) => {
          await tune(ferry, { pipeline_depth: depth });
          const result = await swapUnderLoad(ferry, 16 * MIB, folioSize, (swaps) => swaps < SWAPS);
          assert.deepEqual([result.lost, result.failed, result.swaps], [0, 0, SWAPS]);
          assert.ok(result.updates > 0 && result.migrations > 1 && result.bytesMoved > 0);
          assert.ok(result.copiedBy.migrators > 0 && result.copiedBy.engine > 0);
          assert.equal(ferry.stats().migrators_ejected, 0);
          assert.equal(ferry.stats().folios_quarantined, 0);
        });
      },
    );
  }
}
