import { MigrationError } from '../common/migration-error.js';
import { checkCounters, checkList, type ListOutcome } from '../mm/audit/counter-equations.js';
import type { Violation } from '../mm/audit/machine-books.js';
import type { FolioList } from '../mm/pipeline/folio-list.js';
import type { LiveMachine } from '../mm/ports/live-machine.js';
import type { MigrateStats } from '../mm/stats.js';
import type { MigratorRegistry } from '../offload/registry.js';

/** Between two full audits of one migration lies this many times what the last one took: 2 % of its time at most. */
const REST = 50;

/**
 * The auditor of `openFerry({ audit: true })`: after every step of a migration it looks whether what has to hold does
 * hold. What does not is thrown, and is the end of the ferry: no figure of it can be trusted any more.
 */
export class Auditor {
  readonly #machine: LiveMachine;
  readonly #totals: MigrateStats;
  readonly #registry: MigratorRegistry;
  /** When the next full audit is due in the middle of a migration: nanoseconds. */
  #due = 0;

  constructor(machine: LiveMachine, registry: MigratorRegistry, totals: MigrateStats) {
    this.#registry = registry;
    this.#machine = machine;
    this.#totals = totals;
  }

  /**
   * After a step, with nothing unmapped and all counted. A full audit when it was a migration's last, and now and then
   * in between; else a quick one.
   * @throws MigrationError EUCLEAN, naming the invariant that does not hold, with its figures.
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

  /** After the last step of a list. @throws MigrationError as `step` does. */
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
