/**
 * Why pages move: the kernel's `enum migrate_reason` (include/linux/migrate_mode.h), in the kernel's order. So a reason
 * mask has the same bits as in the kernel.
 * @see {@link Region.migrate} for an example
 */
export const MIGRATE_REASONS = [
  'compaction',
  'memory_failure',
  'memory_hotplug',
  'syscall',
  'mempolicy_mbind',
  'numa_misplaced',
  'contig_range',
  'longterm_pin',
  'demotion',
  'damon',
] as const;

/**
 * One of {@link MIGRATE_REASONS}.
 * @see {@link Region.migrate} for an example
 */
export type MigrateReason = (typeof MIGRATE_REASONS)[number];

export const ALL_REASONS: number = 2 ** MIGRATE_REASONS.length - 1;

export function reasonBit(reason: MigrateReason): number {
  return 1 << MIGRATE_REASONS.indexOf(reason);
}
