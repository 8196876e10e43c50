import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, MIB, withFerry } from './fixture.js';
import type { FOLIO_SIZES } from './live.js';
import { PageTables } from './pages.js';
import { untouchedBuffer } from './untouched.js';

export function untouchedStaysAbsent(cases: readonly (typeof FOLIO_SIZES)[number][]): void {
  for (const folioSize of cases) {
    test(
      `a buffer that nobody has touched is absent and stays so, folios of ${folioSize}`,
      LIMIT,
      async () => {
        const tables = new PageTables();
        await withFerry({}, async (ferry) => {
          const buffer = untouchedBuffer(40 * MIB);
          const region = ferry.adopt(buffer, { folioSize });
          for (const to of [1, 0, 1]) {
            const result = await region.migrate({ to });
            // A page that nobody has touched counts as being where its buffer was when it was adopted.
            const { foliosAbsent, foliosMoved, foliosOnTarget } = result;
            assert.equal(to === 0 ? foliosAbsent : foliosOnTarget, 0);
            assert.ok((to === 0 ? foliosOnTarget : foliosAbsent) > 0);
            // It has no pages, so none of them is on a node.
            assert.equal((await region.locate()).size, 0);
            assert.equal(foliosMoved, 0);
            assert.equal(result.bytesMoved, 0);
            assert.deepEqual(result.failures, []);
            assert.equal(result.code, null);
          }
          assert.equal(tables.occupied(region, buffer), 0);
        });
        tables.close();
      },
    );
  }
}
