/** Who waits while a batch is copied: everybody that touches it, or its writers alone. See `MigrateOptions.concurrency`. */
export const CONCURRENCIES = ['exclusive', 'read-through'] as const;
/**
 * The copy modes: {@link MigrateOptions.concurrency}.
 *
 * @see {@link Region.migrate} for an example
 */
export type Concurrency = (typeof CONCURRENCIES)[number];
