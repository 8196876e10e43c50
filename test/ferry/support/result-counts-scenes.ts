import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './content.js';
import { assertAllMoved, LIMIT, MIB, PAGE, withFerry } from './fixture.js';
import type { FOLIO_SIZES } from './live.js';

export function countsWhatItDid(cases: readonly (typeof FOLIO_SIZES)[number][]): void {
  for (const folioSize of cases) {
    test(`a migration of folios of ${folioSize} counts what it did`, LIMIT, async () => {
      await withFerry({}, async (ferry) => {
        const buffer = new SharedArrayBuffer(16 * MIB);
        const region = ferry.adopt(buffer, { folioSize });
        fill(buffer);
        const there = await region.migrate({ to: 1 });
        assertAllMoved(region, there);
        assert.equal(there.foliosOnTarget, 0);
        assert.ok(there.foliosMoved >= region.migratableBytes / folioSize);
        // Only the head and the tail have smaller folios: one of each order at most.
        assert.ok(there.foliosMoved <= region.migratableBytes / folioSize + 2 * Math.log2(folioSize / PAGE));
        assert.ok(there.batches > 0 && there.durationNs > 0 && there.phases.copyNs > 0);
        for (const [name, ns] of Object.entries({ durationNs: there.durationNs, ...there.phases })) {
          assert.ok(Number.isSafeInteger(ns), `${name}: ${ns}`);
        }
        for (const [name, count] of Object.entries(ferry.stats())) {
          assert.ok(Number.isSafeInteger(count), `${name}: ${count}`);
        }

        const again = await region.migrate({ to: 1 });
        assert.equal(again.foliosMoved, 0);
        assert.equal(again.bytesMoved, 0);
        assert.equal(again.foliosOnTarget, there.foliosMoved);
        assert.equal(again.batches, 0);

        assertAllMoved(region, await region.migrate({ to: 0 }));
        assertContent(buffer);
      });
    });
  }
}
