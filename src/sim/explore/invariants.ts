import { checkCounters } from '../../mm/audit/counter-equations.js';
import { checkBooks, type Violation } from '../../mm/audit/machine-books.js';
import type { MigrateStats } from '../../mm/stats.js';
import type { Simulation } from '../simulation.js';
import { checkFerry } from './ferry-invariants.js';
import type { ObservedMigrator } from './observed-migrator.js';
import type { Program } from './program.js';
import type { ScheduleEnd } from './scheduler.js';
import type { SimFerry } from './sim-ferry.js';

/** The state after a schedule. */
export interface Aftermath {
  readonly sim: Simulation;
  readonly end: ScheduleEnd;
  readonly programs: readonly Program[];
  readonly migrators: readonly ObservedMigrator[];
  readonly stats: readonly MigrateStats[];
  readonly ferries: readonly SimFerry[];
  /** The device has no faults, so it copies everything. */
  readonly healthy: boolean;
}

/** The invariants of "nothing lost", when everything is idle. */
export function checkAftermath(aftermath: Aftermath): Violation[] {
  const { sim, end, programs, migrators, ferries, healthy } = aftermath;
  const stats = [...aftermath.stats, ...ferries.map(({ totals }) => totals)];
  const found: Violation[] = [];
  const add = (invariant: string, figures: string): void => void found.push({ invariant, figures });
  for (const { task, error } of end.thrown) add('no task throws', `${task}: ${textOf(error)}`);
  for (const task of end.asleep) add('no thread sleeps forever', task);
  for (const program of programs) {
    for (const wrong of program.wrongReads) add('a thread reads what was written', wrong);
    for (const lost of program.lost()) add('every page is present with its content', lost);
    const { protectedPages } = program.space;
    if (protectedPages > 0) add('no protection is left', `${protectedPages} pages`);
    if (program.space.waiting > 0)
      add('no thread sleeps forever', `${program.space.waiting} wait for a page`);
  }
  for (const migrator of migrators) {
    for (const violation of migrator.violations) add('no migrator is used after its release', violation);
  }
  if (sim.registry.readers > 0) add('every read section is closed', `${sim.registry.readers} are open`);
  const books = sim.machine.books();
  found.push(...checkBooks(books));
  const quarantined = books.nodes.reduce((sum, node) => sum + node.quarantined, 0);
  if (quarantined > 0) add('quarantine ends when the device is idle', `${quarantined} frames`);
  for (const ferry of ferries) found.push(...checkFerry(ferry));
  for (const each of stats) {
    found.push(...checkCounters(each));
    const fallbacks = each.get('fallbacks');
    if (healthy && fallbacks > 0)
      add('a healthy device copies what it is given', `${fallbacks} folios fell back`);
  }
  return found;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
