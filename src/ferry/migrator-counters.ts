/** Migrators with counters of their own, as the kernel's dcbm has (RFC patch 5). */
export const COUNTED_MIGRATORS = ['dcbm', 'mtcopy'] as const;
export const MIGRATOR_COUNTERS = ['folios_migrated', 'folios_failures'] as const;

export type CountedMigrator = (typeof COUNTED_MIGRATORS)[number];
export type MigratorCounter = (typeof MIGRATOR_COUNTERS)[number];

/**
 * For each migrator: folios that it copied, and folios that it was given and did not copy. The cells are in shared
 * memory. The migration thread writes them, and any thread reads them.
 */
export class MigratorCounters {
  static readonly bytes = COUNTED_MIGRATORS.length * MIGRATOR_COUNTERS.length * 8;
  readonly #cells: Float64Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#cells = new Float64Array(buffer);
  }

  get(migrator: CountedMigrator, counter: MigratorCounter): number {
    return this.#cells[at(migrator, counter)]!;
  }

  reset(migrator: CountedMigrator, counter: MigratorCounter): void {
    this.#cells[at(migrator, counter)] = 0;
  }

  /** Counts a batch. Does nothing for a migrator without counters. */
  count(migrator: string, migrated: number, failures: number): void {
    const counted = COUNTED_MIGRATORS.find((name) => name === migrator);
    if (counted === undefined) return;
    const cells = this.#cells;
    const first = at(counted, 'folios_migrated');
    cells[first] = cells[first]! + migrated;
    cells[first + 1] = cells[first + 1]! + failures;
  }
}

function at(migrator: CountedMigrator, counter: MigratorCounter): number {
  return COUNTED_MIGRATORS.indexOf(migrator) * MIGRATOR_COUNTERS.length + MIGRATOR_COUNTERS.indexOf(counter);
}
