import { FALLBACK_CAUSES, type FallbackCause, type FallbackCauses } from './fallback-cause.js';

/**
 * Counters of the pipeline: indices into one Float64Array in shared memory. Another thread reads them without a message,
 * and the hot path adds to them without an allocation.
 *
 * The first group is the kernel's `struct migrate_pages_stats`, the second its vmstat counters. A counter with two names in
 * the kernel is counted once here, and can be read by either name.
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
  // page tables (2 MiB) that arrived on their target as a whole, and base pages that arrived one entry at a time
  'tables_moved',
  'pages_moved_singly',
  // calls that the kernel answered with EEXIST or ENOENT although pages had moved; the pages were counted and the waiters
  // woken
  'hidden_moves',
  // write-protected copies: folios copied while their readers continued, and copies found stale
  'write_protected_folios',
  'write_protected_stale',
  // copy offload: folios that a migrator copied, and folios that it was given and did not copy, by cause
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

/** The kernel's second name of a counter, and the name under which it is counted. */
const COUNTED_AS = {
  pgmigrate_success: 'nr_succeeded',
  pgmigrate_fail: 'nr_failed_pages',
  thp_migration_success: 'nr_thp_succeeded',
  thp_migration_fail: 'nr_thp_failed',
  thp_migration_split: 'nr_thp_split',
  nr_split: 'splits',
} as const satisfies Partial<Record<MigrateStat, MigrateStat>>;

/** A counter with a cell of its own. The other names are aliases of these. */
export type CountedStat = Exclude<MigrateStat, keyof typeof COUNTED_AS>;

const COUNTED = MIGRATE_STATS.filter((name) => !(name in COUNTED_AS));

export const STAT_CELLS: number = COUNTED.length;

const INDEX = Object.freeze(
  Object.fromEntries(
    MIGRATE_STATS.map((name) => {
      const counted: MigrateStat = name in COUNTED_AS ? COUNTED_AS[name as keyof typeof COUNTED_AS] : name;
      return [name, COUNTED.indexOf(counted)];
    }),
  ),
) as Readonly<Record<MigrateStat, number>>;

/** The counter of folios that fell back, by cause. */
export const FALLBACK_COUNTERS = Object.freeze(
  Object.fromEntries(FALLBACK_CAUSES.map((cause) => [cause, `fallbacks_${cause}`])),
) as { readonly [Cause in FallbackCause]: `fallbacks_${Cause}` & CountedStat };

/** A set of counters over memory that may be shared. One thread writes; any thread may read. */
export class MigrateStats {
  readonly cells: Float64Array;

  constructor(cells: Float64Array = new Float64Array(STAT_CELLS)) {
    this.cells = cells;
  }

  add(stat: CountedStat, amount: number): void {
    const index = INDEX[stat];
    this.cells[index] = this.cells[index]! + amount;
  }

  get(stat: MigrateStat): number {
    return this.cells[INDEX[stat]]!;
  }

  merge(other: MigrateStats): void {
    for (let i = 0; i < STAT_CELLS; i++) this.cells[i] = this.cells[i]! + other.cells[i]!;
  }

  reset(): void {
    this.cells.fill(0);
  }

  fallbackCauses(): FallbackCauses {
    const causes = {} as Record<FallbackCause, number>;
    for (const cause of FALLBACK_CAUSES) causes[cause] = this.get(FALLBACK_COUNTERS[cause]);
    return causes;
  }

  toObject(): Record<MigrateStat, number> {
    return Object.fromEntries(MIGRATE_STATS.map((name) => [name, this.get(name)])) as Record<
      MigrateStat,
      number
    >;
  }
}
