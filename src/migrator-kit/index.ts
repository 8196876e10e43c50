/** For authors of migrators: the contracts, and the checks that our own pass. `import … from 'pageferry/migrator'` */
export { ERRNO, type ErrnoName } from '../mm/errno.js';
export type { CopyPort } from '../mm/machine.js';
export { PAGE_SIZE } from '../mm/page.js';
export type { CopyList, Migrator, MigratorOwner, StartedCopy } from '../offload/migrator.js';
export type { OwnCopyList, OwnCopyPort, OwnMigrator, OwnMigratorModule } from '../offload/own-migrator.js';
export type { AnyMigrator, CheckOutcome } from './check-run.js';
export {
  type MigratorCheck,
  type MigratorCheckOptions,
  type MigratorFactory,
  migratorChecks,
} from './migrator-checks.js';
export {
  type MigratorSource,
  type TestMigratorOptions,
  type TestMigratorReport,
  testMigrator,
} from './test-migrator.js';
