import type { RandomStream } from '../../common/random.js';
import type { DmaDevice } from '../../dmaengine/channel.js';
import type { DmaMapper } from '../../dmaengine/scatter-gather.js';
import { FolioList } from '../../mm/pipeline/folio-list.js';
import { MigrateStats } from '../../mm/stats.js';
import type { Migrator } from '../../offload/migrator.js';
import type { DescriptorFate } from '../dma/sim-channel.js';
import type { MemoryPool } from '../hardware/memory-pool.js';
import type { ProtectingMachine } from '../machine/wrapped-machine.js';
import type { HardwareProfile, TableFigures } from '../profile/hardware-profile.js';
import { Simulation } from '../simulation.js';
import type { SimMigrateRequest, SimMigratorOptions, SimulationOptions } from '../simulation-options.js';
import { ObservedMigrator } from './observed-migrator.js';
import { PROGRAM_WORDS, Program } from './program.js';
import { SimAutopilot, type SimAutopilotOptions } from './sim-autopilot.js';
import { SimFerry, type SimFerryOptions } from './sim-ferry.js';
import type { Steps, Task } from './task.js';

/**
 * Parts that can be replaced by broken ones, to check that `explore` finds them.
 * @see {@link explore} for an example
 */
export interface ExploredParts {
  /** Another registry. */
  readonly registry?: SimulationOptions['registry'];
  /** Replaces each migrator. */
  readonly wrapMigrator?: (migrator: Migrator) => Migrator;
  /** Replaces the DMA device. */
  readonly wrapDevice?: (device: DmaDevice) => DmaDevice;
  /** Replaces the DMA mapping of memory. */
  readonly wrapMapper?: (mapper: DmaMapper) => DmaMapper;
  /** Replaces the machine. */
  readonly wrapMachine?: (machine: ProtectingMachine) => ProtectingMachine;
  /** Replaces the moves of page tables. */
  readonly tableMoves?: SimulationOptions['tableMoves'];
  /** Replaces the engine, or what drives it. */
  readonly ferry?: typeof SimFerry;
  /** Replaces the autopilots. */
  readonly autopilot?: typeof SimAutopilot;
  /** Records the pipeline. */
  readonly record?: SimulationOptions['record'];
}

export interface StageOptions {
  readonly profile: HardwareProfile;
  /** The seed of the hardware, for the order of descriptors and the segments that merge. */
  readonly seed: number;
  readonly parts: ExploredParts;
  readonly fate?: (channel: number, bytes: number) => DescriptorFate | undefined;
  readonly depth?: number;
  /** Where the memory of the machine comes from. */
  readonly pool?: MemoryPool | undefined;
}

/** The minimum of the buddy allocator. */
const NODE_PAGES = 1024;
/** Descriptors of a channel, more than any scenario needs. */
const QUEUE_DEPTH = 128;

/** Additional nanoseconds of a descriptor that ends after every timeout. */
export const LATE_NS = 12e9;

/** Every `stride`-th page of a program. */
export function pagesOf(program: Program, stride: number): number[] {
  return Array.from({ length: Math.ceil(program.space.pages / stride) }, (_, i) => i * stride);
}

/** A small simulated machine, and its tasks. */
export class Stage {
  readonly sim: Simulation;
  readonly programs: Program[] = [];
  readonly migrators: ObservedMigrator[] = [];
  readonly stats: MigrateStats[] = [];
  readonly ferries: SimFerry[] = [];
  readonly tasks: Task[] = [];
  /** Receives the acts of tasks that are neither migrations nor programs. */
  onAct: ((act: string) => void) | undefined;
  readonly #parts: ExploredParts;

  constructor({ profile, seed, parts, fate, depth = 2, pool }: StageOptions) {
    const { wrapDevice, wrapMapper, wrapMachine, tableMoves, record } = parts;
    this.#parts = parts;
    this.sim = new Simulation({
      profile: { ...profile, dma: { ...profile.dma, queueDepth: QUEUE_DEPTH } },
      seed,
      words: PROGRAM_WORDS,
      nodePages: [NODE_PAGES, NODE_PAGES],
      reorder: true,
      mergeByChance: true,
      settings: { pipeline_depth: depth },
      record,
      pool,
      ...(fate === undefined ? {} : { fate }),
      ...(parts.registry === undefined ? {} : { registry: parts.registry }),
      ...(wrapDevice === undefined ? {} : { wrapDevice }),
      ...(wrapMapper === undefined ? {} : { wrapMapper }),
      ...(wrapMachine === undefined ? {} : { wrapMachine }),
      ...(tableMoves === undefined ? {} : { tableMoves }),
    });
  }

  get random(): RandomStream {
    return this.sim.random;
  }

  program(pages: number, order = 0): Program {
    const program = new Program(this.sim, pages, order);
    this.programs.push(program);
    return program;
  }

  /** A ferry over a program's memory, and its migration thread. @param name Its prefix, if there are several ferries. */
  ferry(program: Program, options: Pick<SimFerryOptions, 'maxSpans' | 'audit'> = {}, name = ''): SimFerry {
    const tell = (act: string): void => this.onAct?.(act);
    const ferry = new (this.#parts.ferry ?? SimFerry)({ sim: this.sim, program, tell, ...options });
    this.ferries.push(ferry);
    this.task(`${name}thread`, ferry.thread());
    return ferry;
  }

  /** A policy that places a region. */
  autopilot(options: SimAutopilotOptions): SimAutopilot {
    return new (this.#parts.autopilot ?? SimAutopilot)(options);
  }

  /** Adds a task. */
  task(name: string, steps: Steps): void {
    this.tasks.push({ name, steps });
  }

  /** A migration of folios of that order, batch by batch. */
  *migration(
    program: Program,
    order: number,
    request: Partial<SimMigrateRequest> = {},
    pages: number = program.space.pages,
  ): Steps {
    const stats = new MigrateStats();
    this.stats.push(stats);
    const list = new FolioList(pages >> order);
    for (let page = 0; page < pages; page += 1 << order) list.push(page, order);
    const steps = this.sim.migrateInSteps(
      { space: program.space.id, target: 1, reason: 'syscall', batchPages: 8, ...request, stats },
      list,
    );
    while (steps.next().done !== true) yield undefined;
  }

  migrator(options: SimMigratorOptions): Migrator {
    const inner = this.sim.createMigrator(options);
    const observed = new ObservedMigrator(this.#parts.wrapMigrator?.(inner) ?? inner);
    this.migrators.push(observed);
    return observed;
  }

  register(options: SimMigratorOptions): void {
    this.sim.registry.register(this.migrator(options));
  }

  /** Registers a migrator and unregisters it again, `times` times. */
  *swap(options: SimMigratorOptions, times: number): Steps {
    const { registry } = this.sim;
    for (let round = 0; round < times; round++) {
      // The last batch of an unregistered migrator may still be in flight. That does not keep out a new one.
      this.register(options);
      this.onAct?.(`registers ${options.name}`);
      yield undefined;
      const { name } = registry.active!;
      this.onAct?.(`unregisters ${name}`);
      yield registry.unregister(name);
    }
  }
}

/**
 * A small simulated system whose schedules are explored.
 * @see {@link explore} for an example
 */
export interface Scenario {
  /** Its name, as `--scenario` takes it. */
  readonly name: string;
  /** Its subject, in a sentence. */
  readonly description: string;
  /** The device has no faults. */
  readonly healthy: boolean;
  /** Builds the machine and its tasks, the same for the same options. */
  build(options: Omit<StageOptions, 'fate' | 'depth'>): Stage;
}

/** A scenario without the machine, which all scenarios build alike. */
interface Plot extends Pick<Scenario, 'name' | 'description'> {
  /** False: its device may fail, so that the CPU copies. */
  readonly healthy?: false;
  /** Makes the function that gives each descriptor its fate, for one schedule. */
  readonly fate?: (seed: number) => NonNullable<StageOptions['fate']>;
  /** The machine moves page tables at these costs, whatever its profile says. */
  readonly tables?: TableFigures;
  /** Adds the programs and the tasks. */
  fill(stage: Stage, seed: number): void;
}

export function scenarios(plots: readonly Plot[]): Scenario[] {
  return plots.map(({ name, description, healthy = true, fate, tables, fill }) => ({
    name,
    description,
    healthy,
    build(options) {
      const stage = new Stage({
        ...options,
        ...(tables && { profile: { ...options.profile, tables } }),
        ...(fate && { fate: fate(options.seed) }),
      });
      fill(stage, options.seed);
      return stage;
    },
  }));
}

/** One of the first `count` descriptors, by the seed, completes only after its timeout. */
export function oneLate(count: number): NonNullable<Plot['fate']> {
  return (seed) => {
    let descriptors = 0;
    return () => (descriptors++ === seed % count ? { delayNs: LATE_NS } : undefined);
  };
}
