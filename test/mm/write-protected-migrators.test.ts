import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { migratePages } from '../../src/mm/pipeline/migrate-pages.js';
import { MigrateStats } from '../../src/mm/stats.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import { PROPERTY_MIGRATORS } from './property-migrators.js';
import {
  checkFolios,
  checkStats,
  machineWith,
  requestOn,
  row,
  TARGET,
  writeProtectedOf,
} from './scenario.js';

/** Migrates four batches of eight in pieces of three. */
function migrateBy(name: string, depth: number): MigrateStats {
  const { make, lies = false } = PROPERTY_MIGRATORS[name]!;
  const fake = machineWith();
  const registry = new MigratorRegistry();
  registry.settings.set('pipeline_depth', depth);
  registry.settings.set('max_failures', 1000);
  registry.settings.set('verify_copies', lies ? 1 : 0);
  const migrator = make();
  if (migrator !== undefined) registry.register(migrator);
  const stats = new MigrateStats();
  const writeProtected = writeProtectedOf({ pages: 3 });
  const list = new FolioList();
  for (const [page, order] of row(32)) list.push(page, order);
  const result = migratePages(requestOn(fake, registry, { stats, writeProtected, batchPages: 8 }), list);
  assert.equal(result, 0);
  fake.audit();
  checkFolios(fake, row(32), TARGET);
  return stats;
}

for (const name of Object.keys(PROPERTY_MIGRATORS)) {
  for (const depth of [1, 4]) {
    test(`whatever a migrator does (${name}, depth ${depth}), every folio moves with its content, write-protected`, () => {
      checkStats(migrateBy(name, depth), {
        write_protected_folios: 32,
        write_protected_stale: 0,
        folios_moved: 32,
      });
    });
  }
}

test('a migrator that lies about a write-protected copy is found out by verify_copies', () => {
  checkStats(migrateBy('lying', 1), { fallbacks_unverified: 16 });
});
