import { readOptions } from '../../common/check-options.js';
import { inCall, invalidArgument } from '../../common/migration-error.js';
import { PMD_PAGES } from '../../common/page.js';
import { checkBooks } from '../../mm/audit/machine-books.js';
import { fragmentInSteps, keeps } from '../compaction/fragment.js';
import { ZoneCompactor } from '../compaction/zone-compactor.js';
import type { AddressSpace } from '../machine/address-space.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';
import type { RecordSimulation } from '../record-simulation.js';
import { Simulation } from '../simulation.js';
import { giveContent, hasContent } from './content.js';
import type { SimMigrator } from './move.js';

/**
 * One run: fragments a zone, then allocates huge pages.
 * @see {@link runCompaction} for an example
 */
export interface CompactionCell {
  /** The migrator of the compaction. */
  readonly migrator: SimMigrator;
  /** DMA channels of `dcbm`. */
  readonly channels?: number;
  /** Threads of `mtcopy`, the migrating one included. */
  readonly threads?: number;
  /** Programs that compete for the compacting processor: 0 is an idle system. */
  readonly hogs: number;
}

/**
 * Settings of {@link runCompaction}.
 * @see {@link runCompaction} for an example
 */
export interface CompactionSettings {
  /** The costs of the machine. */
  readonly profile: HardwareProfile;
  /** The same seed gives the same result. */
  readonly seed: number;
  /** 2 MiB pages to allocate; the RFC had 16384. */
  readonly hugePages: number;
  /** Base pages of a batch. */
  readonly cluster: number;
  /** Records the run for a trace. */
  readonly record?: RecordSimulation | undefined;
}

const CELL = ['migrator', 'channels', 'threads', 'hogs'] as const;

const SETTINGS = ['profile', 'seed', 'hugePages', 'cluster', 'record'] as const;

/** @see {@link runCompaction} for an example */
export interface CompactionFigures extends CompactionCell {
  /** 2 MiB pages that were allocated. */
  readonly hugePages: number;
  /** Virtual milliseconds. */
  readonly wallMs: number;
  /** Base pages migrated (pgmigrate_success). */
  readonly migrated: number;
  /** Those of them that the migrator has copied. */
  readonly offloaded: number;
  /** Iterations of all hogs together. */
  readonly hogIterations: number;
  /** Share of the processor that the hogs got. */
  readonly userPercent: number;
  /** Share of the processor that the compaction got. */
  readonly sysPercent: number;
  /** Share of the processor that was idle. */
  readonly idlePercent: number;
  /** Frames that the two scanners looked at. */
  readonly scanned: number;
  /** Anything but 0 is a defect. */
  readonly wrongPages: number;
}

/** Blocks in addition to those that are compacted and those compacted into, at least. */
const SPARE_BLOCKS = 4;

/**
 * @throws {@link index!MigrationError | MigrationError} EINVAL for a zone that is larger than a node of the profile.
 *
 * @example
 * ```ts
 * // For `profile`, see readProfile.
 * import { runCompaction } from 'pageferry/sim';
 *
 * const figures = runCompaction({ migrator: 'dcbm', hogs: 0 }, { profile, seed: 1, hugePages: 16, cluster: 32 });
 * console.log(figures.wallMs, figures.idlePercent);
 * ```
 */
export function runCompaction(
  cell: CompactionCell,
  settings: CompactionSettings,
  onStep: (run: CompactionRun) => void = () => undefined,
): CompactionFigures {
  const run = new CompactionRun(cell, settings);
  const steps = run.steps();
  while (steps.next().done !== true) {
    // Until all huge pages are allocated, or no more are available.
    onStep(run);
  }
  return run.finish();
}

/** One run that can be observed step by step. */
export class CompactionRun {
  readonly sim: Simulation;
  /** First frames of the allocated huge pages. */
  readonly had: number[] = [];
  readonly #cell: CompactionCell;
  readonly #settings: CompactionSettings;
  #space: AddressSpace | undefined;
  #compactor: ZoneCompactor | undefined;

  /** @throws {@link index!MigrationError | MigrationError} EINVAL for a zone that is larger than a node of the profile. */
  constructor(cell: CompactionCell, settings: CompactionSettings) {
    readOptions('runCompaction', cell, CELL, 'unknown option', 'cell');
    readOptions('runCompaction', settings, SETTINGS, 'unknown option', 'settings');
    this.#cell = cell;
    this.#settings = settings;
    const { profile, seed } = settings;
    this.sim = inCall(
      'runCompaction',
      () =>
        new Simulation({
          profile,
          seed,
          words: 1,
          nodePages: [zonePages(settings)],
          settings: { pipeline_depth: 1 },
          record: (now, about) =>
            settings.record?.(`${cell.migrator}, ${cell.hogs > 0 ? 'busy' : 'idle'}`, now, about),
        }),
    );
  }

  /** Undefined until the zone is fragmented. */
  get compactor(): ZoneCompactor | undefined {
    return this.#compactor;
  }

  /** Fragments the zone, 2 MiB in each step. Then compacts it, one cluster or one allocated huge page in each step. */
  *steps(): Generator<void, void> {
    const { sim, had } = this;
    const { hugePages, cluster } = this.#settings;
    const space = yield* fragmentInSteps(sim, 0);
    this.#space = space;
    for (let page = 0; page < space.pages; page++) if (keeps(page)) giveContent(sim, space, page);
    const { migrator, channels = 1, threads = 2, hogs } = this.#cell;
    if (migrator !== 'serial' && migrator !== 'baseline') {
      sim.registry.register(sim.createMigrator({ name: migrator, channels, threads }));
    }
    sim.processor.hogs = hogs;
    const compactor = new ZoneCompactor(sim, { node: 0, cluster: migrator === 'serial' ? 1 : cluster });
    this.#compactor = compactor;
    while (had.length < hugePages) {
      const frame = yield* compactor.allocateHugeInSteps();
      if (frame < 0) break;
      had.push(frame);
      yield;
    }
  }

  /** Frees the huge pages, checks every page, and returns the figures, once all steps are done. */
  finish(): CompactionFigures {
    const { sim, had } = this;
    const { profile, hugePages } = this.#settings;
    const [compactor, space] = [this.#compactor!, this.#space!];
    const { times } = sim.processor;
    const wall = sim.clock.now;
    const { scanned } = compactor;
    compactor.close();
    for (const frame of had) sim.memory.give(frame, 9);
    let wrongPages = hugePages - had.length + checkBooks(sim.machine.books()).length;
    for (let page = 0; page < space.pages; page++) {
      if (keeps(page) && !hasContent(sim, space, page)) wrongPages++;
    }
    return {
      ...this.#cell,
      hugePages: had.length,
      wallMs: wall / 1e6,
      migrated: compactor.stats.get('pgmigrate_success'),
      offloaded: compactor.stats.get('offload_folios'),
      hogIterations: Math.round((times.user / 1e9) * profile.cpu.loopsPerSecond),
      userPercent: (100 * times.user) / wall,
      sysPercent: (100 * times.sys) / wall,
      idlePercent: (100 * times.idle) / wall,
      scanned: scanned.migrate + scanned.free,
      wrongPages,
    };
  }
}

/** Base pages of the zone. Half of each block is free, so for each emptied block another is filled. */
function zonePages({ profile, hugePages, cluster }: CompactionSettings): number {
  // The scanner isolates as many free pages as a batch has, and half of each block is free.
  const isolated = Math.ceil(cluster / (PMD_PAGES / 2));
  const pages = (2 * hugePages + Math.max(SPARE_BLOCKS, isolated + 2)) * PMD_PAGES;
  if (pages <= profile.memory.nodePages) return pages;
  throw invalidArgument(
    'runCompaction',
    'hugePages',
    `${hugePages} huge pages, in batches of ${cluster} pages, need a zone of ${pages} pages`,
    `A node of the profile has ${profile.memory.nodePages} pages. Use fewer, or a larger memory.nodePages.`,
  );
}
