import type { AccessCost } from '../access/access-source.js';
import { checkBoolean, checkInteger, readOptions } from '../common/check-options.js';
import { checkSignal } from '../common/check-signal.js';
import { describe } from '../common/describe-value.js';
import { invalidArgument } from '../common/migration-error.js';
import { PAGE_SIZE, PMD_SIZE } from '../common/page.js';
import type { HeatSnapshot } from '../heat/heat-snapshot.js';
import { checkUnitBytes } from '../heat/take-snapshot.js';
import type { WorkingSet } from '../heat/working-set.js';
import { IN_PLACE_SOURCES } from '../mm/ports/access-port.js';

/** The access sources by name. `auto`: the best that the host has. */
export const HEAT_SOURCES = ['auto', 'hint', ...IN_PLACE_SOURCES] as const;
/**
 * Name of an access source, or `auto`: `referenced` where the host has it, else `hint`.
 * @see {@link Region.heat} for an example
 */
export type HeatSourceName = (typeof HEAT_SOURCES)[number];

/**
 * Options of `region.heat`.
 * @see {@link Region.heat} for an example
 */
export interface HeatOptions {
  /**
   * The access source. `auto` is `referenced` where the host has it, else `hint`. docs/heat.md compares them, and says what
   * each needs.
   * @defaultValue 'auto'
   */
  readonly source?: HeatSourceName;
  /** Milliseconds between two results, 10 to 3,600,000. @defaultValue 1000 */
  readonly intervalMs?: number;
  /** Bytes of a unit of the result: a power of two from 4096 to 2^30. @defaultValue 2 MiB */
  readonly unitBytes?: number;
  /**
   * The smallest unit that is watched: 4096, 32768, 262144 or 2097152 bytes. Smaller units show more, and cost more, where
   * memory is hot. @defaultValue 2 MiB
   */
  readonly minUnitBytes?: number;
  /** CPU time that the source may take, as a share of one CPU: above 0, up to 1. @defaultValue 0.01 */
  readonly cpuShare?: number;
  /**
   * Time that the program's threads may wait for the source, all together, as a share of the time: above 0, up to 1.
   * @defaultValue 0.01
   */
  readonly stallShare?: number;
  /**
   * Milliseconds after which an observation has half its weight, 10 to 3,600,000. An epoch of a source in place sees the
   * whole region, so a change is seen after one or two epochs.
   * @defaultValue 2000 for `hint`, else 1000
   */
  readonly halfLifeMs?: number;
  /**
   * Whether the iteration keeps the process alive while it waits for its next result.
   * @defaultValue true
   */
  readonly keepAlive?: boolean;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}

/**
 * The known accesses to a region at one moment, and the cost of the source.
 * @see {@link Region.heat} for an example
 */
export interface WatchedHeat {
  /** The heat of each unit. */
  readonly snapshot: HeatSnapshot;
  /** The bytes that the program touches within 1 s, 10 s and 60 s. */
  readonly workingSets: readonly WorkingSet[];
  /**
   * How long each unit was watched the last time, in nanoseconds of CPU time of the program. 0 if it was not watched yet, or if
   * the source watches until the first access (`hint`).
   */
  readonly watchedNs: number;
  /** Since the watch began. */
  readonly cost: AccessCost;
}

/** The checked options, for the migration thread. */
export interface HeatPlan {
  readonly region: number;
  /** Pages of the region. */
  readonly pages: number;
  readonly source: HeatSourceName;
  /** An Int32 that is not 0 when the result is not needed any more. */
  readonly stop: SharedArrayBuffer;
  readonly intervalMs: number;
  readonly unitBytes: number;
  readonly minUnitPages: number;
  readonly cpuShare: number;
  readonly stallShare: number;
  readonly halfLifeMs: number;
}

/** The default of `halfLifeMs`. */
export function defaultHalfLife(source: HeatSourceName = 'auto'): number {
  return source === 'hint' ? 2000 : 1000;
}

const MIN_MS = 10;
const MAX_MS = 3_600_000;
/** The smallest units that can be watched. */
export const MIN_UNITS = [PAGE_SIZE, 8 * PAGE_SIZE, 64 * PAGE_SIZE, PMD_SIZE];

/** @throws MigrationError EINVAL that names the option */
export function planHeat(options: HeatOptions): Omit<HeatPlan, 'region' | 'pages' | 'stop'> & {
  readonly signal: AbortSignal | undefined;
  readonly keepAlive: boolean;
} {
  const {
    source = 'auto',
    intervalMs = 1000,
    unitBytes = PMD_SIZE,
    minUnitBytes = PMD_SIZE,
    cpuShare = 0.01,
    stallShare = 0.01,
    halfLifeMs = defaultHalfLife(source),
    keepAlive = true,
    signal,
  } = readOptions('heat', options, [
    'source',
    'intervalMs',
    'unitBytes',
    'minUnitBytes',
    'cpuShare',
    'stallShare',
    'halfLifeMs',
    'keepAlive',
    'signal',
  ]);
  if (!HEAT_SOURCES.includes(source)) {
    throw invalidArgument(
      'heat',
      'options.source',
      `must be ${HEAT_SOURCES.map((name) => `'${name}'`).join(', ')}, not ${describe(source)}`,
    );
  }
  checkInteger('heat', 'options.intervalMs', intervalMs, MIN_MS, MAX_MS);
  checkInteger('heat', 'options.halfLifeMs', halfLifeMs, MIN_MS, MAX_MS);
  checkUnitBytes(unitBytes);
  if (!MIN_UNITS.includes(minUnitBytes)) {
    throw invalidArgument(
      'heat',
      'options.minUnitBytes',
      `must be ${MIN_UNITS.slice(0, -1).join(', ')} or ${PMD_SIZE}, not ${describe(minUnitBytes)}`,
    );
  }
  checkShare('options.cpuShare', cpuShare);
  checkShare('options.stallShare', stallShare);
  checkBoolean('heat', 'options.keepAlive', keepAlive);
  checkSignal('heat', 'options.signal', signal);
  return {
    source,
    intervalMs,
    unitBytes,
    minUnitPages: minUnitBytes / PAGE_SIZE,
    cpuShare,
    stallShare,
    halfLifeMs,
    keepAlive,
    signal,
  };
}

function checkShare(argument: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && value <= 1) return;
  throw invalidArgument('heat', argument, `must be above 0 and at most 1, not ${describe(value)}`);
}
