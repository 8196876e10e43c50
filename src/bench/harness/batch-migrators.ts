export const BATCH_MIGRATORS = ['baseline', 'cpu', 'mtcopy', 'dcbm'] as const;
/** Who copies batches. `baseline`: no migrator, each folio copied by itself. */
export type BatchMigrator = (typeof BATCH_MIGRATORS)[number];
