import type { DmaDevice } from '../dmaengine/channel.js';
import type { DmaMapper } from '../dmaengine/scatter-gather.js';
import type { MovePlan } from '../mm/pipeline/batch-slot.js';
import type { MigrateRequest } from '../mm/pipeline/migrate-pages.js';
import type { MigrateStats } from '../mm/stats.js';
import type { MigratorRegistry, RegistryWatch } from '../offload/registry.js';
import type { Setting } from '../offload/settings.js';
import type { DmaMapping } from './dma/mapping.js';
import type { ThreadPlacement } from './dma/placement.js';
import type { DescriptorFate } from './dma/sim-channel.js';
import type { MemoryPool } from './hardware/memory-pool.js';
import type { PhysicalMemory } from './hardware/physical-memory.js';
import type { SimTableMode, TableMoves } from './machine/table-moves.js';
import type { ProtectingMachine } from './machine/wrapped-machine.js';
import type { HardwareProfile } from './profile/hardware-profile.js';
import type { RecordPipeline } from './record-simulation.js';

/**
 * Options of {@link Simulation}.
 * @see {@link Simulation} for an example
 */
export interface SimulationOptions {
  /** The costs of the machine. */
  readonly profile: HardwareProfile;
  /** Base pages of each node; two nodes of `memory.nodePages` by default. Multiples of 1024. */
  readonly nodePages?: readonly number[];
  /** 32-bit words that stand for the content of a base page: 1 to 1024 (all of it), by default 4. */
  readonly words?: number;
  /**
   * The same seed gives the same result.
   * @defaultValue 1
   */
  readonly seed?: number;
  /** The device takes its descriptors in any order. */
  readonly reorder?: boolean;
  /** The IOMMU merges neighbouring segments at random. */
  readonly mergeByChance?: boolean;
  /** Replaces the device that dcbm uses: to show the effect of a broken one. */
  readonly wrapDevice?: (device: DmaDevice) => DmaDevice;
  /** Replaces the DMA mapping of memory that dcbm uses. */
  readonly wrapMapper?: (mapper: DmaMapper) => DmaMapper;
  /** Replaces the machine that the pipeline uses: to observe it, or to show the effect of a broken one. */
  readonly wrapMachine?: (machine: ProtectingMachine) => ProtectingMachine;
  /** Whether page tables are moved as a whole: by default if the profile has the costs. */
  readonly pageTables?: SimTableMode;
  /** Replaces the moves of page tables, on a machine that has them: to show the effect of a broken one. */
  readonly tableMoves?: (memory: PhysicalMemory) => TableMoves;
  /** The outcome of a descriptor. */
  readonly fate?: (channel: number, bytes: number) => DescriptorFate | undefined;
  /** Parameters of the pipeline, by their names in docs/parameters.md. */
  readonly settings?: Partial<Readonly<Record<Setting, number>>>;
  /** Another registry than the real one: to show what a broken one does. */
  readonly registry?: (watch: RegistryWatch) => MigratorRegistry;
  /** Makes what records the pipeline, in virtual time. */
  readonly record?: RecordPipeline | undefined;
  /** Where its memory comes from, and returns to by {@link Simulation.release}. By default it is new. */
  readonly pool?: MemoryPool | undefined;
}

/**
 * The result of one migration.
 * @see {@link Simulation} for an example
 */
export interface SimResult {
  /** The result of `migratePages`. */
  readonly result: number;
  /** The counters of the migration. */
  readonly stats: MigrateStats;
  /** Virtual nanoseconds. */
  readonly ns: number;
}

/**
 * A migration of {@link Simulation.migrate}.
 * @see {@link Simulation} for an example
 */
export type SimMigrateRequest = Omit<MigrateRequest, 'machine' | 'offload' | 'plan'> &
  Pick<MovePlan, 'target' | 'reason'> &
  Partial<Pick<MovePlan, 'mode' | 'batchPages'>> & {
    /** One of many migrations of a call, whose cost is paid once for all of them (`Costs.call`). */
    readonly partOfCall?: boolean;
  };

/**
 * Options of {@link Simulation.createMigrator}.
 * @see {@link Simulation} for an example
 */
export interface SimMigratorOptions {
  /** Which migrator. */
  readonly name: 'cpu' | 'mtcopy' | 'dcbm';
  /** Maximum channels of dcbm. */
  readonly channels?: number;
  /** Threads of mtcopy, the migrating one included. */
  readonly threads?: number;
  /** Where the threads of mtcopy run; spread by default. */
  readonly placement?: ThreadPlacement;
  /** Processors of helpers of mtcopy on which another program runs; none by default. */
  readonly busyCpus?: number;
  /** How dcbm maps memory for the device; as scatter-gather tables by default. */
  readonly mapping?: DmaMapping;
  /** Bytes of a batch below which dcbm declines it; by default none. */
  readonly minBytes?: number;
}

/** The names of the options above. */
export const SIMULATION_OPTIONS = [
  'profile',
  'nodePages',
  'words',
  'seed',
  'reorder',
  'mergeByChance',
  'wrapDevice',
  'wrapMapper',
  'wrapMachine',
  'pageTables',
  'tableMoves',
  'fate',
  'settings',
  'registry',
  'record',
  'pool',
] as const satisfies readonly (keyof SimulationOptions)[];
export const REQUEST = [
  'space',
  'target',
  'reason',
  'mode',
  'batchPages',
  'partOfCall',
  'writeProtected',
  'afterBatch',
  'observe',
  'stats',
  'onFailure',
  'onAbsent',
] as const satisfies readonly (keyof SimMigrateRequest)[];
export const MIGRATOR_OPTIONS = [
  'name',
  'channels',
  'threads',
  'placement',
  'busyCpus',
  'mapping',
  'minBytes',
] as const satisfies readonly (keyof SimMigratorOptions)[];
