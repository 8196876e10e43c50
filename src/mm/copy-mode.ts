/** Who waits while a batch is copied: everybody that touches it, or its writers alone. See `MigrateOptions.copyMode`. */
export const COPY_MODES = ['exclusive', 'write-protected'] as const;
/**
 * The copy modes: {@link MigrateOptions.copyMode}.
 *
 * @see {@link Region.migrate} for an example
 */
export type CopyMode = (typeof COPY_MODES)[number];
