export type { HugePages } from './engine/huge-pages.js';
export type { AdoptableBuffer, WasmMemory } from './ferry/adoptable.js';
export type {
  AdoptOptions,
  FaultHandling,
  Ferry,
  FerryNode,
  FerryStats,
} from './ferry/ferry.js';
export type { Growth } from './ferry/growth.js';
export {
  type MigrateFailure,
  type MigrateOptions,
  type MigrateProgress,
  type MigrateResult,
  MigrationAbortedError,
} from './ferry/migrate-options.js';
export type {
  CpuOption,
  DcbmOption,
  ErrorOption,
  MigratorOption,
  ModuleOption,
  MtcopyOption,
} from './ferry/migrator-options.js';
export type { MovePagesOptions } from './ferry/move-pages-request.js';
export { openFerry } from './ferry/open-ferry.js';
export type { FerryOptions, NodeOption } from './ferry/options.js';
export type { ParameterServer } from './ferry/parameter-server.js';
export type { MigratableRange, Region, RegionChanges } from './ferry/region.js';
export type { Dashboard } from './http/dashboard.js';
export type { HttpOption } from './http/http-option.js';
export type { BatchPhase } from './mm/batch-observer.js';
export type { Concurrency } from './mm/concurrency.js';
export { MigrationError } from './mm/migration-error.js';
export { MIGRATE_MODES, type MigrateMode } from './mm/mode.js';
export { MIGRATE_REASONS, type MigrateReason } from './mm/reason.js';
export type { ParameterListener } from './offload/parameter-watches.js';
export type { ParameterAccess, ParameterInfo } from './offload/parameters.js';
export type { ChromeEvent, ChromeTrace } from './trace/chrome/chrome-event.js';
export type { EventReader, EventsRead } from './trace/event-reader.js';
export type { FerryEvent } from './trace/ferry-event.js';
export type { Trace, TraceOptions } from './trace/trace.js';
