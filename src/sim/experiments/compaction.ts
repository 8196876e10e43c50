import { checkBooks } from '../../mm/machine-books.js';
import { MigrationError } from '../../mm/migration-error.js';
import { PMD_PAGES } from '../../mm/page.js';
import { fragment, keeps } from '../compaction/fragment.js';
import { ZoneCompactor } from '../compaction/zone-compactor.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';
import type { RecordSimulation } from '../record-simulation.js';
import { Simulation } from '../simulation.js';
import { giveContent, hasContent } from './content.js';
import type { SimMigrator } from './move.js';

/** One run: fragment a zone, then allocate huge pages until so many were had. */
export interface CompactionCell {
  readonly migrator: SimMigrator;
  readonly channels?: number;
  readonly threads?: number;
  /** Programs that compete for the compacting processor: 0 is an idle system. */
  readonly hogs: number;
}

export interface CompactionSettings {
  readonly profile: HardwareProfile;
  readonly seed: number;
  /** 2 MiB pages to be had; the RFC had 16384. */
  readonly hugePages: number;
  /** Base pages of a batch. */
  readonly cluster: number;
  readonly record?: RecordSimulation | undefined;
}

export interface CompactionFigures extends CompactionCell {
  readonly hugePages: number;
  readonly wallMs: number;
  /** Base pages migrated (pgmigrate_success). */
  readonly migrated: number;
  /** Of those, copied by the migrator. */
  readonly offloaded: number;
  /** Iterations of all hogs together. */
  readonly hogIterations: number;
  readonly userPercent: number;
  readonly sysPercent: number;
  readonly idlePercent: number;
  /** Frames that the two scanners looked at. */
  readonly scanned: number;
  /** Anything but 0 is a defect. */
  readonly wrongPages: number;
}

/** Besides what is compacted and what it is compacted into. */
const SPARE_BLOCKS = 4;

/** @throws MigrationError EINVAL for a zone that is larger than a node of the profile. */
export function runCompaction(cell: CompactionCell, settings: CompactionSettings): CompactionFigures {
  const { profile, seed, hugePages, cluster } = settings;
  // Half of a block is free: for each that is emptied another is filled.
  const pages = (2 * hugePages + SPARE_BLOCKS) * PMD_PAGES;
  if (pages > profile.memory.nodePages) {
    throw new MigrationError('EINVAL', `hugePages: ${hugePages} need a zone of ${pages} pages`, {
      operation: 'simulate',
      argument: 'hugePages',
      advice: `A node of the profile has ${profile.memory.nodePages} (memory.nodePages).`,
    });
  }
  const sim = new Simulation({
    profile,
    seed,
    words: 1,
    nodePages: [pages],
    settings: { pipeline_depth: 1 },
    record: (now) => settings.record?.(`${cell.migrator}, ${cell.hogs === 0 ? 'idle' : 'busy'}`, now),
  });
  const space = fragment(sim, 0);
  for (let page = 0; page < pages; page++) if (keeps(page)) giveContent(sim, space, page);
  const { migrator, channels = 1, threads = 2 } = cell;
  if (migrator !== 'serial' && migrator !== 'baseline') {
    sim.registry.register(sim.createMigrator({ name: migrator, channels, threads }));
  }
  sim.processor.hogs = cell.hogs;
  const compactor = new ZoneCompactor(sim, { node: 0, cluster: migrator === 'serial' ? 1 : cluster });
  const had: number[] = [];
  while (had.length < hugePages) {
    const frame = compactor.allocateHuge();
    if (frame < 0) break;
    had.push(frame);
  }
  const { times } = sim.processor;
  const wall = sim.clock.now;
  const { scanned } = compactor;
  compactor.close();
  for (const frame of had) sim.memory.give(frame, 9);
  let wrongPages = hugePages - had.length + checkBooks(sim.machine.books()).length;
  for (let page = 0; page < pages; page++) {
    if (keeps(page) && !hasContent(sim, space, page)) wrongPages++;
  }
  return {
    ...cell,
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
