import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { assertContent, fill } from './content.js';
import { assertAllMoved, LIMIT, MIB, withFerry } from './fixture.js';
import type { FOLIO_SIZES } from './live.js';

export function unsharedAndMove(cases: readonly (typeof FOLIO_SIZES)[number][]): void {
  for (const folioSize of cases) {
    test(
      `pages that a child left shared copy-on-write are unshared and move, folios of ${folioSize}`,
      LIMIT,
      async () => {
        await withFerry({}, async (ferry) => {
          const buffer = new SharedArrayBuffer(16 * MIB);
          fill(buffer);
          assert.equal(spawnSync('/bin/true').status, 0);
          const region = ferry.adopt(buffer, { folioSize });
          for (const to of [1, 0]) assertAllMoved(region, await region.migrate({ to }));
          assertContent(buffer);
        });
      },
    );
  }
}
