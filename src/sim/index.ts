/** `pageferry/sim`: the simulated machine. It needs nothing of Node or Linux. */
export { Demotion, type DemotionOptions, SWAP_CLUSTER_MAX } from './callers/demotion.js';
export { Promotion, type PromotionOptions } from './callers/promotion.js';
export { fragment } from './compaction/fragment.js';
export { COMPACT_CLUSTER_MAX, type CompactorOptions, ZoneCompactor } from './compaction/zone-compactor.js';
export { type BreakevenRow, type BreakevenSettings, breakeven } from './experiments/breakeven.js';
export {
  type CompactionCell,
  type CompactionFigures,
  type CompactionSettings,
  runCompaction,
} from './experiments/compaction.js';
export {
  type Concurrency,
  type MoveCell,
  type MoveFigures,
  type MoveSettings,
  runMove,
  type SimMigrator,
} from './experiments/move.js';
export { type Explored, type ExploreOptions, explore, type Failure, replay } from './explore/explore.js';
export type { ExploredParts, Scenario } from './explore/scenario.js';
export { SCENARIOS } from './explore/scenarios.js';
export { ProgramThread } from './machine/program-thread.js';
export type { HardwareProfile } from './profile/hardware-profile.js';
export { PROFILE_SCHEMA, readProfile } from './profile/read-profile.js';
export {
  type SimMigrateRequest,
  type SimMigratorOptions,
  type SimResult,
  Simulation,
  type SimulationOptions,
} from './simulation.js';
