import { readOptions } from '../../common/check-options.js';
import { inCall } from '../../common/migration-error.js';
import { orderOf } from '../../common/page.js';
import type { CopyMode } from '../../mm/copy-mode.js';
import { FolioList } from '../../mm/pipeline/folio-list.js';
import type { MigrateReason } from '../../mm/reason.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';
import type { RecordSimulation } from '../record-simulation.js';
import { Simulation } from '../simulation.js';
import { countWrong, populate } from './content.js';
import { inPieces, nodeSize, type SimMigrator } from './move.js';

/**
 * Settings of {@link breakeven}.
 * @see {@link breakeven} for an example
 */
export interface BreakevenSettings {
  /** The costs of the machine. */
  readonly profile: HardwareProfile;
  /** The same seed gives the same result. */
  readonly seed: number;
  /** The reason for which the pages move. */
  readonly reason: MigrateReason;
  /** The migrator that is compared with the baseline. */
  readonly migrator: Exclude<SimMigrator, 'serial' | 'baseline'>;
  /** DMA channels of `dcbm`. */
  readonly channels: number;
  /** Threads of `mtcopy`, the migrating one included. */
  readonly threads: number;
  /** Maximum bytes of a batch. */
  readonly maxBytes: number;
  /** The copy mode of the migrator and of the baseline. By default exclusive. */
  readonly copyMode?: CopyMode;
  /** Records the runs for a trace. */
  readonly record?: RecordSimulation | undefined;
  /** Programs that compete for the migrating processor; none by default. */
  readonly hogs?: number;
}

/** Nanoseconds of one batch: elapsed, and of the migrating processor. */
export interface BatchTimes {
  readonly wall: number;
  readonly cpu: number;
}

/**
 * The smallest batch that is better offloaded; null: no batch that was tried.
 * @see {@link breakeven} for an example
 */
export interface BreakevenRow {
  /** Bytes of a folio. */
  readonly folio: number;
  /** Folios of the smallest batch that is faster offloaded. */
  readonly timeFolios: number | null;
  /** Folios of the smallest batch that takes less CPU time offloaded. */
  readonly cpuFolios: number | null;
}

const SETTINGS = [
  'profile',
  'seed',
  'reason',
  'migrator',
  'channels',
  'threads',
  'maxBytes',
  'copyMode',
  'record',
  'hogs',
] as const;

/** Times one batch, copied by the migrating thread or by the migrator. Throws when a page is lost or misplaced. */
export function timeBatch(
  folio: number,
  folios: number,
  offload: boolean,
  settings: BreakevenSettings,
): BatchTimes {
  // Destinations of copies that timed out are not used again, and the folios that fall back need others.
  const times =
    timeWithRoom(1, folio, folios, offload, settings) ?? timeWithRoom(2, folio, folios, offload, settings);
  return times!;
}

/** @param room How often the memory that moves fits the target node. Undefined if it does not fit. */
function timeWithRoom(
  room: number,
  folio: number,
  folios: number,
  offload: boolean,
  settings: BreakevenSettings,
): BatchTimes | undefined {
  const { profile, seed, reason, migrator, channels, threads, copyMode = 'exclusive', hogs = 0 } = settings;
  const order = orderOf(folio);
  const pages = folios << order;
  const nodePages = nodeSize(pages);
  const name = `${offload ? migrator : 'baseline'}, ${folios} folios of ${folio / 1024}K`;
  const sim = inCall(
    'breakeven',
    () =>
      new Simulation({
        profile,
        seed,
        words: 1,
        nodePages: [nodePages, room * nodePages],
        settings: { pipeline_depth: 1 },
        record: (now, about) => settings.record?.(name, now, about),
      }),
  );
  const space = sim.newSpace(0, pages);
  populate(sim, space, order);
  if (offload) sim.registry.register(sim.createMigrator({ name: migrator, channels, threads }));
  const list = new FolioList(folios);
  for (let page = 0; page < pages; page += 1 << order) list.push(page, order);
  sim.processor.hogs = hogs;
  const { ns, result, stats } = sim.migrate(
    {
      space: space.id,
      target: 1,
      reason,
      batchPages: pages,
      partOfCall: true,
      ...(copyMode === 'exclusive' ? {} : { writeProtected: inPieces() }),
    },
    list,
  );
  if (room === 1 && result !== 0 && stats.get('folios_quarantined') > 0) return undefined;
  const wrong = countWrong(sim, space, 1);
  if (wrong > 0) throw new Error(`${wrong} pages are lost or misplaced`);
  return { wall: ns, cpu: sim.processor.times.sys };
}

/**
 * The smallest batch of folios of this size for which offloading pays, in time and in CPU. It pays for all larger ones.
 *
 * @example
 * ```ts
 * // For `profile`, see readProfile.
 * import { breakeven } from 'pageferry/sim';
 *
 * const row = breakeven(2 ** 21, {
 *   profile,
 *   seed: 1,
 *   reason: 'compaction',
 *   migrator: 'dcbm',
 *   channels: 8,
 *   threads: 2,
 *   maxBytes: 2 ** 24,
 * });
 * console.log(row.timeFolios, row.cpuFolios);
 * ```
 */
export function breakeven(folio: number, settings: BreakevenSettings): BreakevenRow {
  readOptions('breakeven', settings, SETTINGS, 'unknown option', 'settings');
  const max = Math.max(1, Math.floor(settings.maxBytes / folio));
  const known = new Map<number, { readonly time: boolean; readonly cpu: boolean }>();
  const pays = (folios: number): { readonly time: boolean; readonly cpu: boolean } => {
    let result = known.get(folios);
    if (result === undefined) {
      const base = timeBatch(folio, folios, false, settings);
      const offloaded = timeBatch(folio, folios, true, settings);
      result = { time: offloaded.wall < base.wall, cpu: offloaded.cpu < base.cpu };
      known.set(folios, result);
    }
    return result;
  };
  return {
    folio,
    timeFolios: smallest(max, (folios) => pays(folios).time),
    cpuFolios: smallest(max, (folios) => pays(folios).cpu),
  };
}

/** The smallest number from which on offloading pays, or null. It tries powers of two, then between the last two. */
function smallest(max: number, pays: (folios: number) => boolean): number | null {
  let no = 0;
  let yes: number | null = null;
  for (let folios = 1; folios <= max; folios *= 2) {
    if (!pays(folios)) {
      no = folios;
      yes = null;
    } else {
      yes ??= folios;
    }
  }
  if (yes === null) return null;
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2);
    if (pays(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}
