/** `pageferry/migrator`, for authors of migrators: the contracts, and the checks that our own migrators pass. */
export { ERRNO, type ErrnoName } from './common/errno.js';
export { PAGE_SIZE } from './common/page.js';
export type { CopyPort } from './mm/ports/machine.js';
export type { CopyList, Migrator, MigratorOwner, StartedCopy } from './offload/migrator.js';
export type { OwnCopyList, OwnCopyPort, OwnMigrator, OwnMigratorModule } from './own-migrators/contract.js';
export type { AnyMigrator, CheckOutcome } from './own-migrators/kit/check-run.js';
export {
  type MigratorCheck,
  type MigratorCheckOptions,
  type MigratorFactory,
  migratorChecks,
} from './own-migrators/kit/migrator-checks.js';
export {
  type MigratorSource,
  type TestMigratorOptions,
  type TestMigratorReport,
  testMigrator,
} from './own-migrators/kit/test-migrator.js';
