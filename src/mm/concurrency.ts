/** Who waits while a batch is copied: everybody that touches it, or its writers alone. See `MigrateOptions.concurrency`. */
export const CONCURRENCIES = ['exclusive', 'read-through'] as const;
export type Concurrency = (typeof CONCURRENCIES)[number];
