/**
 * How hard a migration tries (the kernel's `enum migrate_mode`). `async` never waits and makes 3 passes. `sync_light` makes
 * 10 passes and yields the CPU between them. `sync` makes 10 passes and sleeps a little between them, so that short pins
 * can end.
 * @see {@link Region.migrate} for an example
 */
export const MIGRATE_MODES = ['async', 'sync_light', 'sync'] as const;

/**
 * One of {@link MIGRATE_MODES}.
 * @see {@link Region.migrate} for an example
 */
export type MigrateMode = (typeof MIGRATE_MODES)[number];

/** Passes over folios that gave EAGAIN (NR_MAX_MIGRATE_PAGES_RETRY, NR_MAX_MIGRATE_ASYNC_RETRY). */
export function passesOf(mode: MigrateMode): number {
  return mode === 'async' ? 3 : 10;
}
