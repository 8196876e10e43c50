import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './content.js';
import { assertAllMoved, LIMIT, MIB, withFerry } from './fixture.js';
import type { FOLIO_SIZES } from './live.js';

export const GIB = 1024 * MIB;

export function oneBuffer(cases: readonly (typeof FOLIO_SIZES)[number][]): void {
  for (const folioSize of cases) {
    test(`allocated memory is one buffer that migrates, folios of ${folioSize}`, LIMIT, async () => {
      await withFerry({}, async (ferry) => {
        const region = ferry.allocate(8 * MIB + 100, { folioSize, name: 'cache' });
        assert.equal(region.bytes, 8 * MIB + 100);
        assert.equal(region.buffers.length, 1);
        assert.equal(region.buffer, region.buffers[0]);
        assert.equal(region.name, 'cache');
        assert.equal(region.folioSize, folioSize);
        const buffer = region.buffer;
        assert.equal(buffer.byteLength, region.bytes);
        fill(buffer);
        for (const to of [1, 0]) assertAllMoved(region, await region.migrate({ to }));
        assertContent(buffer);
      });
    });
  }
}
