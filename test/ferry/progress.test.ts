import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MigrateProgress } from '../../src/index.js';
import { fill } from './support/content.js';
import { LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';

test('progress never goes back, and ends with what the result says', LIMIT, async () => {
  await withFerry({ maxBatchedMigration: 1 }, async (ferry) => {
    const buffer = new SharedArrayBuffer(16 * MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    const seen: MigrateProgress[] = [];
    const result = await region.migrate({ to: 1, onProgress: (progress) => seen.push(progress) });
    const last = seen.at(-1);
    assert.deepEqual(last, {
      foliosMoved: result.foliosMoved,
      foliosFailed: 0,
      bytesMoved: region.migratableBytes,
      bytesTotal: region.migratableBytes,
    });
    for (let i = 1; i < seen.length; i++) {
      assert.ok(seen[i]!.bytesMoved >= seen[i - 1]!.bytesMoved);
      assert.ok(seen[i]!.foliosMoved >= seen[i - 1]!.foliosMoved);
      assert.equal(seen[i]!.bytesTotal, seen[0]!.bytesTotal);
    }
    const calls = seen.length;
    await region.migrate({ to: 0 });
    assert.equal(seen.length, calls, 'not called any more once it is over');
  });
});

test(
  'the total of a part is its pages; with nothing to move it is reported all the same',
  LIMIT,
  async () => {
    await withFerry({}, async (ferry) => {
      const region = ferry.allocate(MIB);
      fill(region.buffer as SharedArrayBuffer);
      for (const [length, bytesTotal] of [
        [8 * PAGE, 8 * PAGE],
        [0, 0],
      ] as const) {
        const seen: MigrateProgress[] = [];
        const offset = region.migratable[0]!.offset;
        await region.migrate({ to: 1, offset, length, onProgress: (progress) => seen.push(progress) });
        assert.deepEqual(seen.at(-1), {
          foliosMoved: bytesTotal / PAGE,
          foliosFailed: 0,
          bytesMoved: bytesTotal,
          bytesTotal,
        });
      }
    });
  },
);
