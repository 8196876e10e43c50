/** `pageferry/sim`: the simulated machine. It runs anywhere, without Node and Linux. */
export type { CopyMode } from './mm/copy-mode.js';
export { Demotion, type DemotionOptions, SWAP_CLUSTER_MAX } from './sim/callers/demotion.js';
export { Promotion, type PromotionOptions } from './sim/callers/promotion.js';
export { fragment } from './sim/compaction/fragment.js';
export {
  COMPACT_CLUSTER_MAX,
  type CompactorOptions,
  ZoneCompactor,
} from './sim/compaction/zone-compactor.js';
export { type BreakevenRow, type BreakevenSettings, breakeven } from './sim/experiments/breakeven.js';
export {
  type CompactionCell,
  type CompactionFigures,
  type CompactionSettings,
  runCompaction,
} from './sim/experiments/compaction.js';
export {
  type MoveCell,
  type MoveFigures,
  type MoveSettings,
  runMove,
  type SimMigrator,
} from './sim/experiments/move.js';
export { moveSimulator } from './sim/experiments/move-simulator.js';
export { type Explored, type ExploreOptions, explore, type Failure, replay } from './sim/explore/explore.js';
export type { ExploredParts, Scenario } from './sim/explore/scenario.js';
export { SCENARIOS } from './sim/explore/scenarios.js';
export { MemoryPool } from './sim/hardware/memory-pool.js';
export { ProgramThread } from './sim/machine/program-thread.js';
export type { HardwareProfile } from './sim/profile/hardware-profile.js';
export { PROFILE_SCHEMA, readProfile } from './sim/profile/read-profile.js';
export { Simulation } from './sim/simulation.js';
export type {
  SimMigrateRequest,
  SimMigratorOptions,
  SimResult,
  SimulationOptions,
} from './sim/simulation-options.js';
