/**
 * Counters of the pipeline: indices into one Float64Array, so that a reader in another thread can have
 * them without asking (they lie in shared memory) and the hot path adds to them without an allocation.
 *
 * The first group is the kernel's `struct migrate_pages_stats`, the second its vmstat counters.
 */
export const MIGRATE_STATS = [
  // struct migrate_pages_stats (mm/migrate.c), in base pages and THPs
  'nr_succeeded',
  'nr_failed_pages',
  'nr_thp_succeeded',
  'nr_thp_failed',
  'nr_thp_split',
  'nr_split',
  // /proc/vmstat
  'pgmigrate_success',
  'pgmigrate_fail',
  'thp_migration_success',
  'thp_migration_fail',
  'thp_migration_split',
  // pageferry's own
  'folios_moved',
  'folios_failed',
  'folios_absent',
  'bytes_moved',
  'gap_folios_moved',
  'gap_bytes_moved',
  'batches',
  'retries',
  'splits',
  // page tables (2 MiB) that have arrived on their target as a whole, and base pages that have arrived one entry at a time
  'tables_moved',
  'pages_moved_singly',
  // moves that the kernel answered with EEXIST or ENOENT although pages had moved: found, counted, waiters woken
  'hidden_moves',
  // write-protected: folios that were copied while their readers went on, and such copies that were found stale
  'write_protected_folios',
  'write_protected_stale',
  // copy offload: folios that a migrator copied, and those that it was given and did not copy, by cause
  'offload_batches',
  'offload_folios',
  'declined_batches',
  'fallbacks',
  'fallbacks_declined',
  'fallbacks_refused',
  'fallbacks_failed',
  'fallbacks_threw',
  'fallbacks_timed_out',
  'fallbacks_nonsense',
  'fallbacks_unverified',
  'fallbacks_unmarked',
  'folios_quarantined',
  'migrators_ejected',
  'unmap_ns',
  'copy_ns',
  'map_ns',
  'destination_ns',
  // openFerry({ audit: true })
  'audits',
  'audit_violations',
] as const;

export type MigrateStat = (typeof MIGRATE_STATS)[number];

const INDEX = Object.freeze(
  Object.fromEntries(MIGRATE_STATS.map((name, index) => [name, index])),
) as Readonly<Record<MigrateStat, number>>;

/** A set of counters over memory that may be shared. One thread writes; any thread may read. */
export class MigrateStats {
  readonly cells: Float64Array;

  constructor(cells: Float64Array = new Float64Array(MIGRATE_STATS.length)) {
    this.cells = cells;
  }

  add(stat: MigrateStat, amount: number): void {
    const index = INDEX[stat];
    this.cells[index] = this.cells[index]! + amount;
  }

  get(stat: MigrateStat): number {
    return this.cells[INDEX[stat]]!;
  }

  /** Adds every counter of `other` to this one. */
  merge(other: MigrateStats): void {
    for (let i = 0; i < this.cells.length; i++) this.cells[i] = this.cells[i]! + other.cells[i]!;
  }

  reset(): void {
    this.cells.fill(0);
  }

  toObject(): Record<MigrateStat, number> {
    return Object.fromEntries(MIGRATE_STATS.map((name, i) => [name, this.cells[i]!])) as Record<
      MigrateStat,
      number
    >;
  }
}
