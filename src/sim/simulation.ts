import { readOptions } from '../common/check-options.js';
import { PAGE_SIZE } from '../common/page.js';
import { RandomStream } from '../common/random.js';
import { RecordedDevice } from '../dmaengine/recorded-device.js';
import { type DmaMapper, LinearMapper } from '../dmaengine/scatter-gather.js';
import { CpuMigrator } from '../migrators/cpu.js';
import { DcbmMigrator, MAX_DMA_CHANNELS } from '../migrators/dcbm/dcbm.js';
import { MtcopyMigrator } from '../migrators/mtcopy/mtcopy.js';
import type { Timers } from '../migrators/timers.js';
import type { FolioList } from '../mm/pipeline/folio-list.js';
import { migratePagesInSteps } from '../mm/pipeline/migrate-pages.js';
import { MigrateStats } from '../mm/stats.js';
import { BatchOffload } from '../offload/batch-offload.js';
import type { Migrator } from '../offload/migrator.js';
import { type CopyReport, MigratorRegistry } from '../offload/registry.js';
import type { Setting } from '../offload/settings.js';
import type { Recorder } from '../trace/recorder.js';
import { checkChannels } from './dma/check-channels.js';
import { Iommu } from './dma/iommu.js';
import { type DmaMapping, FolioMapper, TableMapper } from './dma/mapping.js';
import { SimCopyTeam } from './dma/sim-copy-team.js';
import { SimDevice } from './dma/sim-device.js';
import { PhysicalMemory } from './hardware/physical-memory.js';
import { Processor } from './hardware/processor.js';
import { SharedLink } from './hardware/shared-link.js';
import { VirtualClock } from './hardware/virtual-clock.js';
import type { AddressSpace } from './machine/address-space.js';
import { Costs } from './machine/costs.js';
import { SimMachine } from './machine/sim-machine.js';
import { TableMoves } from './machine/table-moves.js';
import type { ProtectingMachine } from './machine/wrapped-machine.js';
import type { HardwareProfile } from './profile/hardware-profile.js';
import {
  MIGRATOR_OPTIONS,
  REQUEST,
  SIMULATION_OPTIONS,
  type SimMigrateRequest,
  type SimMigratorOptions,
  type SimResult,
  type SimulationOptions,
} from './simulation-options.js';

/** The engine's default (src/ferry/options.ts): one PMD. */
const DEFAULT_BATCH = 512;

/**
 * A simulated machine with the real pipeline, registry and migrators. Everything happens in virtual time and by seed. The
 * same options give the same nanoseconds.
 *
 * @example
 * ```ts
 * // For `profile`, see readProfile.
 * import { fragment, Simulation, ZoneCompactor } from 'pageferry/sim';
 *
 * const sim = new Simulation({ profile, nodePages: [16_384, 16_384] });
 * const space = fragment(sim, 0);
 * const compactor = new ZoneCompactor(sim, { node: 0 });
 * console.log(space.pages, compactor.allocateHuge(), sim.clock.now);
 * compactor.close();
 * ```
 */
export class Simulation {
  /** The costs of the machine. */
  readonly profile: HardwareProfile;
  /** Virtual time. */
  readonly clock = new VirtualClock();
  /** Random numbers by the seed. */
  readonly random: RandomStream;
  /** The processor of the migrating thread and the hogs. */
  readonly processor: Processor;
  /** Nodes of frames. */
  readonly memory: PhysicalMemory;
  /** The machine that the pipeline runs on. */
  readonly machine: SimMachine;
  /** Merges segments for the device; undefined if the profile has none. */
  readonly iommu: Iommu | undefined;
  /** The DMA device. */
  readonly device: SimDevice;
  /** The registry of migrators. */
  readonly registry: MigratorRegistry;
  /** Copy offload, by the registered migrator. */
  readonly offload: BatchOffload;
  /** The links that copies by threads and channels share. */
  readonly link: SharedLink;
  /** The time of each step. */
  readonly costs: Costs;
  /** Virtual time in milliseconds. */
  readonly timers: Timers;
  readonly #recorder: Recorder | undefined;
  readonly #options: SimulationOptions;
  /** The machine as the pipeline uses it. */
  readonly seen: ProtectingMachine;
  #tablesMoved = 0;
  #pagesMovedSingly = 0;

  /** Builds the machine. Nothing moves until a migration is started. */
  constructor(options: SimulationOptions) {
    readOptions('Simulation', options, SIMULATION_OPTIONS, 'unknown option', 'options');
    this.#options = options;
    const { profile, words = 4, seed = 1, settings = {} } = options;
    const { nodePages = [profile.memory.nodePages, profile.memory.nodePages] } = options;
    const { clock } = this;
    this.profile = profile;
    this.random = new RandomStream(seed);
    this.processor = new Processor(clock, profile.cpu.sliceNs);
    this.memory = options.pool?.take({ nodePages, words }) ?? new PhysicalMemory({ nodePages, words });
    this.costs = new Costs(profile, this.processor);
    this.link = new SharedLink(profile);
    const { processor, memory, costs, link } = this;
    const tables = movesTables(options)
      ? (options.tableMoves?.(memory) ?? new TableMoves(memory))
      : undefined;
    this.machine = new SimMachine({ clock, processor, memory, costs, tables });
    this.seen = options.wrapMachine?.(this.machine) ?? this.machine;
    const chance = options.mergeByChance === true ? new RandomStream(seed ^ 0x2545f491) : undefined;
    this.iommu = profile.dma.iommu === 1 ? new Iommu(profile.dma.maxSegmentBytes, chance) : undefined;
    this.device = new SimDevice({
      clock,
      processor,
      memory,
      profile,
      costs,
      link,
      iommu: this.iommu,
      onWait: () => this.machine.onPoint?.('wait'),
      ...(options.reorder === true ? { reorder: new RandomStream(seed ^ 0x5bd1e995) } : {}),
      ...(options.fate === undefined ? {} : { fate: options.fate }),
    });
    const recorder = options.record?.(() => clock.now, { activeMigrator: () => this.registry.active?.name });
    this.#recorder = recorder;
    const watch = { reported: (_: Migrator, report: CopyReport) => recorder?.report(report) };
    this.registry = options.registry?.(watch) ?? new MigratorRegistry(undefined, watch);
    for (const [name, value] of Object.entries(settings) as [Setting, number][]) {
      this.registry.settings.set(name, value);
    }
    this.offload = new BatchOffload(this.registry, this.seen);
    this.timers = { now: () => clock.now / 1e6, later: (action) => clock.after(0, action) };
  }

  /** Memory of a program of `pages` untouched pages. They will come from node `home`. */
  newSpace(home: number, pages: number): AddressSpace {
    return this.machine.addSpace(home, pages);
  }

  /** Makes a migrator of this machine. Register it with {@link Simulation.registry}. */
  createMigrator(options: SimMigratorOptions): Migrator {
    readOptions('createMigrator', options, MIGRATOR_OPTIONS, 'unknown option', 'options');
    const { name, channels = 1, threads = 2, minBytes = 0 } = options;
    const { placement = 'spread', busyCpus = 0, mapping = 'scatter-gather' } = options;
    const { clock, processor, memory, profile, costs, link, timers } = this;
    const timeoutMs = (): number => this.registry.settings.get('copy_timeout_ms');
    const onWait = (): void => this.machine.onPoint?.('wait');
    switch (name) {
      case 'cpu':
        return new CpuMigrator();
      case 'mtcopy': {
        const recorder = this.#recorder;
        const team = new SimCopyTeam({
          clock,
          processor,
          memory,
          profile,
          costs,
          link,
          threads,
          placement,
          busyCpus,
          random: new RandomStream((this.#options.seed ?? 1) ^ 0x3c6ef372),
          onWait,
          recorder,
        });
        return new MtcopyMigrator({ team, pageBytes: PAGE_SIZE, timeoutMs, timers });
      }
      case 'dcbm': {
        checkChannels('createMigrator', profile, channels);
        const mapper = this.#mapperOf(mapping);
        const recorder = this.#recorder;
        const { wrapDevice, wrapMapper } = this.#options;
        this.device.have(Math.min(channels, MAX_DMA_CHANNELS));
        const count = (): number => channels;
        const device = wrapDevice?.(this.device) ?? this.device;
        return new DcbmMigrator({
          device: recorder === undefined ? device : new RecordedDevice(device, recorder),
          mapper: wrapMapper?.(mapper) ?? mapper,
          pageBytes: PAGE_SIZE,
          channels: count,
          timeoutMs,
          minBytes,
          timers,
        });
      }
    }
  }

  /** Returns its memory to the pool, if it has one. The simulation must not be used any more. */
  release(): void {
    // A promise of the migrator frees quarantined frames later, so their memory is not for another machine.
    if (!this.machine.hasQuarantined) this.#options.pool?.give(this.memory);
  }

  #mapperOf(mapping: DmaMapping): DmaMapper {
    const { iommu, processor, profile } = this;
    const mapNs = profile.topology?.mapNs ?? 0;
    if (mapping === 'per-folio') return new FolioMapper(iommu, processor, mapNs);
    const mapper = iommu ?? new LinearMapper(0, PAGE_SIZE);
    return mapNs === 0 ? mapper : new TableMapper(mapper, processor, mapNs);
  }

  /** Runs a whole migration, and the actions of the device in that time. */
  migrate(request: SimMigrateRequest, list: FolioList): SimResult {
    const stats = request.stats ?? new MigrateStats();
    const from = this.clock.now;
    const steps = this.migrateInSteps({ ...request, stats }, list);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return { result: step.value, stats, ns: this.clock.now - from };
    }
  }

  /** Runs a migration in steps, between which the caller can do other things. */
  *migrateInSteps(request: SimMigrateRequest, list: FolioList): Generator<void, number> {
    const { offload, costs } = this;
    const machine = this.seen;
    readOptions('migrate', request, REQUEST, 'unknown option', 'request');
    const { partOfCall = false, space, target, reason, ...more } = request;
    const { mode = 'sync', batchPages = DEFAULT_BATCH, ...rest } = more;
    if (!partOfCall) costs.call();
    costs.begin();
    const recorder = this.#recorder;
    const observe = recorder?.observe;
    const steps = migratePagesInSteps(
      { observe, ...rest, space, plan: { target, reason, mode, batchPages }, machine, offload },
      list,
    );
    const observed = recorder?.beginMigration(space, reason, target);
    try {
      for (;;) {
        const interrupted = observed && recorder?.stepping(observed);
        let step: IteratorResult<void, number>;
        try {
          step = steps.next();
        } finally {
          if (observed !== undefined) recorder?.stepped(interrupted);
        }
        if (step.done === true) return step.value;
        this.#countMoves(rest.stats);
        yield;
      }
    } finally {
      // A caller that stops between two batches ends the pipeline.
      steps.return(0);
      if (observed !== undefined) recorder?.endMigration(observed);
      this.#countMoves(rest.stats);
    }
  }

  /** Adds the page tables and pages that have moved since the last call, by any migration. */
  #countMoves(stats: MigrateStats | undefined): void {
    const { tablesMoved, pagesMovedSingly } = this.machine;
    stats?.add('tables_moved', tablesMoved - this.#tablesMoved);
    stats?.add('pages_moved_singly', pagesMovedSingly - this.#pagesMovedSingly);
    this.#tablesMoved = tablesMoved;
    this.#pagesMovedSingly = pagesMovedSingly;
  }
}

/** Whether page tables are moved as a whole on a machine with these options. */
function movesTables({ profile, pageTables = 'auto' }: SimulationOptions): boolean {
  return pageTables === 'auto' && profile.tables?.supported === 1;
}
