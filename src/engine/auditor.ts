import { MigrationError } from '../common/migration-error.js';
import { checkCounters, checkList, type ListOutcome } from '../mm/audit/counter-equations.js';
import type { Violation } from '../mm/audit/machine-books.js';
import type { FolioList } from '../mm/pipeline/folio-list.js';
import type { LiveMachine } from '../mm/ports/live-machine.js';
import type { MigrateStats } from '../mm/stats.js';
import type { MigratorRegistry } from '../offload/registry.js';

/** Pause between full audits of a migration, in durations of the last audit. So they take 2 % of its time at most. */
const REST = 50;

/**
 * The auditor of `openFerry({ audit: true })`. It checks the invariants after every step of a migration. A violation is
 * thrown and ends the ferry, because none of its figures can be trusted any more.
 */
export class Auditor {
  readonly #machine: LiveMachine;
  readonly #totals: MigrateStats;
  readonly #registry: MigratorRegistry;
  /** When the next full audit within a migration is due, in nanoseconds. */
  #due = 0;

  constructor(machine: LiveMachine, registry: MigratorRegistry, totals: MigrateStats) {
    this.#registry = registry;
    this.#machine = machine;
    this.#totals = totals;
  }

  /**
   * Called after a step, with nothing unmapped and everything counted. It is a full audit after a migration's last step,
   * and at intervals before that. Otherwise it is a quick one.
   * @throws MigrationError EUCLEAN that names the violated invariant, with its figures.
   */
  step(last: boolean): void {
    const now = this.#machine.now();
    const full = last || now >= this.#due;
    const found = this.#machine.audit(full);
    if (full) {
      const end = this.#machine.now();
      this.#due = end + REST * (end - now);
    }
    const { readers } = this.#registry;
    if (readers > 0) found.push({ invariant: 'no batch uses the migrator', figures: `${readers} batches` });
    this.#report([...found, ...checkCounters(this.#totals)]);
  }

  /** Called after the last step of a list. @throws MigrationError as `step` does. */
  list(list: FolioList, outcome: ListOutcome): void {
    this.#report(checkList(list, outcome));
  }

  #report(found: readonly Violation[]): void {
    this.#totals.add('audits', 1);
    const first = found[0];
    if (first === undefined) return;
    this.#totals.add('audit_violations', found.length);
    const more = found.length > 1 ? ` (and ${found.length - 1} more)` : '';
    const { invariant, figures } = first;
    throw new MigrationError('EUCLEAN', `invariant violated: ${invariant}: ${figures}${more}`, {
      operation: 'audit',
      advice: 'This is a bug. Please report it.',
    });
  }
}
