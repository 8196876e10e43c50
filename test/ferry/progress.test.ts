import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MigrateProgress } from '../../src/index.js';
import { fill } from './support/content.js';
import { LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';

test(
  'the total of a part is its pages, and is reported even when there is nothing to move',
  LIMIT,
  async () => {
    await withFerry({}, async (ferry) => {
      const region = ferry.allocate(MIB);
      fill(region.buffer);
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
