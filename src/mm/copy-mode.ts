/** Which threads wait while a batch is copied: all that touch it, or only its writers. See `MigrateOptions.copyMode`. */
export const COPY_MODES = ['exclusive', 'write-protected'] as const;
/**
 * The copy modes: {@link MigrateOptions.copyMode}.
 * @see {@link Region.migrate} for an example
 */
export type CopyMode = (typeof COPY_MODES)[number];
