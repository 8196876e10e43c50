import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amount } from '../../deep.js';
import { LIMIT, MIB, withFerry } from './fixture.js';
import { FOLIO_SIZES, migrateUnderLoad } from './live.js';

export const NO_UPDATE_IS_LOST_CASES = [undefined, 'cpu'] as const;

export function noUpdateIsLost(cases: readonly (typeof NO_UPDATE_IS_LOST_CASES)[number][]): void {
  for (const migrator of cases) {
    for (const folioSize of FOLIO_SIZES) {
      const how = migrator === undefined ? 'folio by folio' : `by the ${migrator} migrator`;
      test(`no update is lost while folios of ${folioSize} are copied ${how}`, LIMIT, async () => {
        await withFerry({}, async (ferry) => {
          if (migrator !== undefined) await ferry.registerMigrator({ name: migrator });
          const buffer = new SharedArrayBuffer(amount(16, 64) * MIB);
          await migrateUnderLoad(ferry, buffer, buffer, folioSize, 3);
          assert.equal(ferry.stats().offload_batches > 0, migrator !== undefined);
          assert.equal(ferry.stats().fallbacks, 0);
        });
      });
    }
  }
}
