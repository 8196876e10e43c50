export type { AdoptableBuffer, WasmMemory } from './ferry/adoptable.js';
export type {
  AdoptOptions,
  FaultHandling,
  Ferry,
  FerryNode,
  FerryStats,
  MigratorOption,
  MovePagesOptions,
} from './ferry/ferry.js';
export {
  type MigrateFailure,
  type MigrateOptions,
  type MigrateProgress,
  type MigrateResult,
  MigrationAbortedError,
} from './ferry/migrate-options.js';
export { openFerry } from './ferry/open-ferry.js';
export type { FerryOptions, NodeOption } from './ferry/options.js';
export type { MigratableRange, Region } from './ferry/region.js';
export { MigrationError } from './mm/migration-error.js';
export { MIGRATE_MODES, type MigrateMode } from './mm/mode.js';
export { MIGRATE_REASONS, type MigrateReason } from './mm/reason.js';
