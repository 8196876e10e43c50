import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, withFerry } from './support/fixture.js';

test('a batch holds at least one folio, however large', LIMIT, async () => {
  await withFerry({ batchBytes: 4096 }, async (ferry) => {
    const region = ferry.allocate(6 * MIB, { folioSize: 2 * MIB });
    fill(region.buffer);
    const result = await region.migrate({ to: 1 });
    assertAllMoved(region, result);
    assert.equal(result.batches, result.foliosMoved);
    assertContent(region.buffer);
  });
});

test('modes and reasons move the same pages', LIMIT, async () => {
  await withFerry({ reasonMask: ['demotion', 'syscall'] }, async (ferry) => {
    await ferry.registerMigrator({ name: 'cpu' });
    const buffer = new SharedArrayBuffer(2 * MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    let to = 0;
    for (const mode of ['async', 'sync_light', 'sync'] as const) {
      for (const reason of ['demotion', 'damon'] as const) {
        to = 1 - to;
        const before = ferry.stats().offload_batches;
        assertAllMoved(region, await region.migrate({ to, mode, reason }));
        assert.equal(
          ferry.stats().offload_batches > before,
          reason === 'demotion',
          'the reason mask decides',
        );
      }
    }
    assertContent(buffer);
  });
});
