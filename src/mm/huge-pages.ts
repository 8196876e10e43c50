/** How a migration treats huge pages (mappings of 2 MiB). See `MigrateOptions.hugePages`. */
export const HUGE_PAGES = ['keep', 'promote', 'split'] as const;
/**
 * The values of {@link MigrateOptions.hugePages}.
 * @see {@link Region.migrate} for an example
 */
export type HugePages = (typeof HUGE_PAGES)[number];
