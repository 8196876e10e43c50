import { readOptions } from '../../common/check-options.js';
import { describe } from '../../common/describe-value.js';
import { inCall, invalidArgument } from '../../common/migration-error.js';
import { orderOf, PAGE_SIZE } from '../../common/page.js';
import { checkBooks } from '../../mm/audit/machine-books.js';
import type { CopyMode } from '../../mm/copy-mode.js';
import type { WriteProtectOptions } from '../../mm/pipeline/batch-slot.js';
import { FolioList } from '../../mm/pipeline/folio-list.js';
import { checkChannels } from '../dma/check-channels.js';
import type { DmaMapping } from '../dma/mapping.js';
import type { ThreadPlacement } from '../dma/placement.js';
import { MAX_BLOCK_ORDER } from '../hardware/buddy-allocator.js';
import type { MemoryPool } from '../hardware/memory-pool.js';
import type { SimTableMode } from '../machine/table-moves.js';
import { WaitMeter } from '../machine/wait-meter.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';
import type { RecordSimulation } from '../record-simulation.js';
import { Simulation } from '../simulation.js';
import { countWrong, populate } from './content.js';

/** `serial` (batches of one folio) and `baseline` have no migrator. */
export const SIM_MIGRATORS = ['serial', 'baseline', 'cpu', 'mtcopy', 'dcbm'] as const;

/**
 * The migrators of the experiments; `serial` and `baseline` have none.
 * @see {@link runMove} for an example
 */
export type SimMigrator = (typeof SIM_MIGRATORS)[number];

/**
 * One migration of folios of one size from node 0 to node 1.
 * @see {@link runMove} for an example
 */
export interface MoveCell {
  /** Bytes of a folio: 4 KiB to 2 MiB, a power of two. */
  readonly folio: number;
  /** Folios of the run. */
  readonly folios: number;
  /** The migrator of the run. */
  readonly migrator: SimMigrator;
  /** Channels of dcbm. */
  readonly channels?: number;
  /** Threads of mtcopy, the migrating one included. */
  readonly threads?: number;
  /** Where the threads of mtcopy run; spread by default. */
  readonly placement?: ThreadPlacement;
  /** How dcbm maps memory for the device; as scatter-gather tables by default. */
  readonly mapping?: DmaMapping;
  /** The copy mode. By default exclusive, as in the kernel. */
  readonly copyMode?: CopyMode;
}

/**
 * Settings of {@link runMove}.
 * @see {@link runMove} for an example
 */
export interface MoveSettings {
  /** The costs of the machine. */
  readonly profile: HardwareProfile;
  /** The same seed gives the same result. */
  readonly seed: number;
  /** 32-bit words that stand for a page's content, 1024 for all of it. */
  readonly words: number;
  /** Base pages of a batch. By default 512, and 262144 with a migrator, as the RFC measured with its patch 6. */
  readonly batchPages?: number;
  /** Batches in flight; 1 by default, as in the kernel. */
  readonly depth?: number;
  /** Base pages of one cutover of a write-protected copy; 512 by default. */
  readonly cutoverPages?: number;
  /** Whether page tables are moved as a whole: by default if the profile has the costs. */
  readonly pageTables?: SimTableMode;
  /** Records the run for a trace. */
  readonly record?: RecordSimulation | undefined;
  /** Programs that compete for the migrating processor; none by default. */
  readonly hogs?: number;
  /** Other processors on which a program runs; none by default. Helpers of mtcopy start late there. */
  readonly busyCpus?: number;
}

/** @see {@link runMove} for an example */
export interface MoveFigures extends MoveCell {
  /** Bytes that moved. */
  readonly bytes: number;
  /** 10^9 bytes a second of virtual time. */
  readonly GBps: number;
  /** Virtual nanoseconds, and how the migrating thread's processor spent them. */
  readonly ns: number;
  /** Virtual nanoseconds in which the processor worked for the migration. */
  readonly sysNs: number;
  /** Virtual nanoseconds in which the processor was idle. */
  readonly idleNs: number;
  /** Virtual nanoseconds from the start of the call until the first folios of it are mapped at the target. */
  readonly firstFolioNs: number;
  /** Maximum wait of a thread that reads a page just when it becomes unavailable. Virtual nanoseconds. */
  readonly readerWaitNs: number;
  /** Maximum wait of a thread that writes a page at such a moment. Virtual nanoseconds. */
  readonly writerWaitNs: number;
  /** Virtual nanoseconds that the hogs got. */
  readonly userNs: number;
  /** Folios that the migrator got and did not copy. */
  readonly fallbacks: number;
  /** Page tables (2 MiB) that moved as a whole, and base pages that did not; of a profile with their costs. */
  readonly tablesMoved?: number;
  /** Base pages that moved by themselves; of a profile with the costs of page tables. */
  readonly pagesMovedSingly?: number;
  /** Pages that were not at the target with their content: anything but 0 is a defect. */
  readonly wrongPages: number;
}

const CELL = [
  'folio',
  'folios',
  'migrator',
  'channels',
  'threads',
  'placement',
  'mapping',
  'copyMode',
] as const;

const SETTINGS = [
  'profile',
  'seed',
  'words',
  'batchPages',
  'depth',
  'cutoverPages',
  'pageTables',
  'record',
  'hogs',
  'busyCpus',
] as const;

/** One PMD (the kernel's NR_MAX_BATCHED_MIGRATION), and one PUD (the RFC's patch 6). */
const PMD_BATCH = 512;
const PUD_BATCH = 262_144;

/**
 * Runs one cell on a machine of its own and checks every page afterwards.
 * @throws {@link index!MigrationError | MigrationError} EINVAL, naming the option, for a cell that no machine of this profile can run.
 *
 * @example
 * ```ts
 * // For `profile`, see readProfile.
 * import { runMove } from 'pageferry/sim';
 *
 * const cell = { folio: 2 ** 21, folios: 32, migrator: 'dcbm', channels: 8 } as const;
 * const { GBps, readerWaitNs } = runMove(cell, { profile, seed: 1, words: 4 });
 * console.log(GBps, readerWaitNs);
 * ```
 */
export function runMove(cell: MoveCell, settings: MoveSettings): MoveFigures {
  checkMove(cell, settings);
  return simulateMove(cell, settings);
}

/** @throws MigrationError EINVAL for an unknown option. */
export function checkMove(cell: MoveCell, settings: MoveSettings): void {
  readOptions('runMove', cell, CELL, 'unknown option', 'cell');
  readOptions('runMove', settings, SETTINGS, 'unknown option', 'settings');
}

/** The same, on memory of a pool. */
export function simulateMove(cell: MoveCell, settings: MoveSettings, pool?: MemoryPool): MoveFigures {
  const { figures, lacksRoom } = simulateWithRoom(1, cell, settings, pool);
  if (!lacksRoom) return figures;
  // Destinations of copies that timed out are not used again, and the folios that fall back need others.
  return simulateWithRoom(2, cell, settings, pool).figures;
}

/** @param room How often the memory that moves fits the target node. */
function simulateWithRoom(
  room: number,
  cell: MoveCell,
  settings: MoveSettings,
  pool?: MemoryPool,
): { readonly figures: MoveFigures; readonly lacksRoom: boolean } {
  const { profile, seed, words, depth = 1, hogs = 0 } = settings;
  const order = orderOf(cell.folio);
  if (order < 0)
    throw invalidArgument(
      'runMove',
      'folio',
      `must be a power of two from 4 KiB to 2 MiB, not ${describe(cell.folio)} bytes`,
    );
  const pages = cell.folios << order;
  if (!(cell.folios >= 1) || pages > profile.memory.nodePages) {
    throw invalidArgument(
      'runMove',
      'folios',
      `${cell.folios} of ${cell.folio} bytes do not fit a node of ${profile.memory.nodePages * PAGE_SIZE} bytes`,
      'Use fewer folios, or a larger memory.nodePages.',
    );
  }
  if (cell.migrator === 'dcbm') checkChannels('runMove', profile, cell.channels ?? 1);
  const nodePages = nodeSize(pages);
  let meter: WaitMeter | undefined;
  const sim = inCall(
    'runMove',
    () =>
      new Simulation({
        profile,
        seed,
        words,
        nodePages: [nodePages, room * nodePages],
        settings: { pipeline_depth: depth },
        pageTables: settings.pageTables ?? 'auto',
        wrapMachine: (machine) => {
          meter = new WaitMeter(machine);
          return meter;
        },
        record: (now, about) => settings.record?.(nameOf(cell), now, about),
        pool,
      }),
  );
  const space = sim.newSpace(0, pages);
  populate(sim, space, order);
  const { migrator, channels = 1, threads = 2, placement, mapping, copyMode = 'exclusive' } = cell;
  const { busyCpus = 0 } = settings;
  if (migrator !== 'serial' && migrator !== 'baseline') {
    sim.registry.register(
      sim.createMigrator({
        name: migrator,
        channels,
        threads,
        busyCpus,
        ...(placement === undefined ? {} : { placement }),
        ...(mapping === undefined ? {} : { mapping }),
      }),
    );
  }
  const list = new FolioList(cell.folios);
  for (let page = 0; page < pages; page += 1 << order) list.push(page, order);
  sim.processor.hogs = hogs;
  const before = sim.processor.times;
  const began = sim.clock.now;
  const moved = sim.migrate(
    {
      space: space.id,
      target: 1,
      reason: 'syscall',
      batchPages: settings.batchPages ?? batchOf(migrator),
      ...(copyMode === 'exclusive' ? {} : { writeProtected: inPieces(settings.cutoverPages) }),
    },
    list,
  );
  const after = sim.processor.times;
  const bytes = pages * PAGE_SIZE;
  const lost = Math.abs(moved.result + checkBooks(sim.machine.books()).length);
  const wrongPages = countWrong(sim, space, 1) + lost;
  sim.release();
  const figures: MoveFigures = {
    ...cell,
    copyMode,
    bytes,
    GBps: bytes / moved.ns,
    ns: moved.ns,
    sysNs: after.sys - before.sys,
    idleNs: after.idle - before.idle,
    readerWaitNs: meter!.readerNs,
    writerWaitNs: meter!.writerNs,
    firstFolioNs: (meter!.firstMappedAt ?? sim.clock.now) - began,
    userNs: after.user - before.user,
    fallbacks: moved.stats.get('fallbacks'),
    ...(profile.tables === undefined
      ? {}
      : {
          tablesMoved: moved.stats.get('tables_moved'),
          pagesMovedSingly: moved.stats.get('pages_moved_singly'),
        }),
    wrongPages,
  };
  return { figures, lacksRoom: moved.result !== 0 && moved.stats.get('folios_quarantined') > 0 };
}

/** Without pins, copies need no comparison. */
export function inPieces(pages = PMD_BATCH): WriteProtectOptions {
  return { piecePages: () => pages, compare: () => false };
}

function nameOf({ folio, folios, migrator, channels, threads }: MoveCell): string {
  const width = channels === undefined ? '' : `, ${channels} ch`;
  const team = threads === undefined ? '' : `, ${threads} threads`;
  return `${migrator}${width}${team}, ${folios} folios of ${folio / 1024}K`;
}

function batchOf(migrator: SimMigrator): number {
  if (migrator === 'serial') return 1;
  return migrator === 'baseline' ? PMD_BATCH : PUD_BATCH;
}

/** Base pages of a node with room for `pages`: whole blocks of the buddy allocator. */
export function nodeSize(pages: number): number {
  const block = 2 ** MAX_BLOCK_ORDER;
  return Math.ceil(pages / block) * block;
}
