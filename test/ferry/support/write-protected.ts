import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MigratorOption } from '../../../src/index.js';
import { LIMIT, MIB, withFerry } from './fixture.js';
import { FOLIO_SIZES, migrateUnderLoad } from './live.js';
import { PageTables } from './pages.js';

/** Write-protected migration under writers and readers, by each of these migrators, for each size of folio. */
export function writeProtectedLive(migrators: readonly (MigratorOption | undefined)[]): void {
  for (const migrator of migrators) {
    const how = migrator === undefined ? 'no migrator' : 'name' in migrator ? migrator.name : 'a module';
    for (const folioSize of FOLIO_SIZES) {
      test(
        `write-protected: no update is lost, no protection left, folios of ${folioSize}, ${how}`,
        LIMIT,
        async () => {
          const tables = new PageTables();
          await withFerry({ batchBytes: 8 * 2 ** 20 }, async (ferry) => {
            if (migrator !== undefined) await ferry.registerMigrator(migrator);
            const buffer = new SharedArrayBuffer(16 * MIB);
            await migrateUnderLoad(ferry, buffer, buffer, folioSize, 2, { copyMode: 'write-protected' });
            const stats = ferry.stats();
            assert.equal(stats.write_protected_folios, stats.folios_moved);
            assert.equal(stats.fallbacks - stats.fallbacks_declined, 0);
            assert.equal(tables.protectedBytes(buffer), 0);
          });
          tables.close();
        },
      );
    }
  }
}
