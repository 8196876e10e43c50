export type { AccessCost } from './access/access-source.js';
export type {
  ActuatorName,
  ActuatorReport,
  Autopilot,
  AutopilotActuators,
  AutopilotMoves,
  AutopilotOptions,
  AutopilotPolicy,
  AutopilotRefusals,
  AutopilotReport,
} from './autopilot/autopilot.js';
export { startAutopilot } from './autopilot/start-autopilot.js';
export type { ErrnoName, ErrorCode } from './common/errno.js';
export {
  MigrationError,
  type MigrationErrorCode,
} from './common/migration-error.js';
export type { AdoptableBuffer, WasmMemory } from './ferry/adoptable.js';
export type { FerryCapabilities } from './ferry/capabilities.js';
export type {
  AdoptOptions,
  Ferry,
  FerryNode,
  FerryNotices,
  FerryStats,
  MigratorEjection,
} from './ferry/ferry.js';
export type { Growth } from './ferry/growth.js';
export type { HeatOptions, HeatSourceName, WatchedHeat } from './ferry/heat.js';
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
export type { Reference } from './ferry/reference.js';
export type { Advice, MigratableRange, Region, RegionChanges } from './ferry/region.js';
export { ADVICE, type AdviceName } from './heat/advice.js';
export type { HeatSnapshot } from './heat/heat-snapshot.js';
export { hottest } from './heat/hottest.js';
export type { Sight } from './heat/observation.js';
export type { WorkingSet } from './heat/working-set.js';
export type { CopyMode } from './mm/copy-mode.js';
export type { HugePages } from './mm/huge-pages.js';
export { MIGRATE_MODES, type MigrateMode } from './mm/mode.js';
export type { BatchPhase } from './mm/ports/batch-observer.js';
export { MIGRATE_REASONS, type MigrateReason } from './mm/reason.js';
export type { ParameterAccess, ParameterInfo } from './parameters/parameter-tree.js';
export type { ParameterListener, ParameterWatch, WatchOptions } from './parameters/parameter-watches.js';
export type { PolicyName } from './policy/policies.js';
export type { ChromeEvent, ChromeTrace } from './trace/chrome/chrome-event.js';
export type { EventReader, EventsOptions, EventsRead } from './trace/event-reader.js';
export type { FerryEvent } from './trace/ferry-event.js';
export type { Trace, TraceOptions } from './trace/trace.js';
