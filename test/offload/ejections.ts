import { migratePages } from '../../src/mm/pipeline/migrate-pages.js';
import { MigrateStats } from '../../src/mm/stats.js';
import type { Migrator } from '../../src/offload/migrator.js';
import { type CopyReport, MigratorRegistry } from '../../src/offload/registry.js';
import { checkFolios, folioList, machineWith, requestOn, row, TARGET } from '../mm/scenario.js';
import { CountingOwner } from './owner.js';

export interface Ejections {
  readonly registry: MigratorRegistry;
  readonly owner: CountingOwner;
  readonly stats: MigrateStats;
  /** What was said, each time that a migrator was unregistered. */
  readonly whys: readonly string[];
  readonly reports: readonly CopyReport[];
  /** Batches that the migrator was given. */
  readonly batches: number;
}

/** Migrates batches of four by a migrator that does what `behave` does with each. All must arrive. */
export function ejections(
  behave: (batch: number, ...args: Parameters<Migrator['offloadCopy']>) => number,
  { batches, maxFailures }: { batches: number; maxFailures: number },
): Ejections {
  const fake = machineWith();
  const whys: string[] = [];
  const reports: CopyReport[] = [];
  const registry = new MigratorRegistry(undefined, {
    ejected: (_, why) => void whys.push(why),
    reported: (_, report) => void reports.push(report),
  });
  registry.settings.set('max_failures', maxFailures);
  registry.settings.set('verify_copies', 1);
  const owner = new CountingOwner();
  let given = 0;
  registry.register({ name: 'one', owner, offloadCopy: (list, port) => behave(given++, list, port) });
  const stats = new MigrateStats();
  migratePages(requestOn(fake, registry, { stats }), folioList(row(batches * 4)));
  fake.audit();
  checkFolios(fake, row(batches * 4), TARGET);
  return { registry, owner, stats, whys, reports, batches: given };
}
