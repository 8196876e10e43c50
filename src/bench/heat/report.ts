import type { Summary } from '../../common/summary.js';
import type { Sight } from '../../heat/observation.js';
import type { Host } from '../harness/host.js';
import type { HeatBenchOptions, ProgramName, SourceName } from './options.js';

/** One program, watched by one source. */
export interface HeatRow {
  readonly program: ProgramName;
  readonly source: SourceName;
  readonly sees: Sight;
  /**
   * The accesses that snapshots are compared with: of the whole `phase` that they are from, or of the `interval` before each,
   * because they change.
   */
  readonly truth: 'phase' | 'interval';
  /** Snapshots that were compared. */
  readonly snapshots: number;
  /** Whether the accesses are spread so evenly that no unit is hot. Then there is no precision and no recall. */
  readonly even: boolean;
  /** The part of the reported units that are hot. Null if they are even, or if no snapshot reports any. */
  readonly precision: Summary | null;
  /** The part of the hot units that are reported. Null if they are even. */
  readonly recall: Summary | null;
  /** Accesses to the reported units, of those to the hottest units. Null if they are even. */
  readonly captured: Summary | null;
  /** The part of all accesses that the hottest tenth of the units has; median. */
  readonly trueShare: number;
  /** The same by the rates of the snapshots. */
  readonly seenShare: number;
  /** Null for programs whose hot set does not move. */
  readonly lag: {
    readonly moves: number;
    /** Moves that no snapshot saw before the next move. */
    readonly unseen: number;
    /** Milliseconds until a move was seen. Null if the median (or another) is of an unseen move. */
    readonly medianMs: number | null;
    readonly minMs: number | null;
    readonly maxMs: number | null;
  } | null;
  /** CPU time of the source, as a percentage of one CPU. */
  readonly cpuPercent: number;
  /** The same from each snapshot to the next. */
  readonly cpuOfSnapshots: Summary;
  /** CPU time of the source for each look at a unit, in microseconds. Null without a look. */
  readonly unitCpuUs: number | null;
  /** Time that the program's threads waited, all together, as the source counts it: a percentage of the time. */
  readonly stalledPercent: number;
  /** Accesses a second that the source takes from the program, in percent; median of the rounds. */
  readonly slowdownPercent: number;
  /** The same for each second of CPU time of the program. Waits are not in it, neither for the source nor for a CPU. */
  readonly cpuSlowdownPercent: number;
  /** Accesses a second without the source; median of the rounds. */
  readonly perSecond: number;
  /** p99.99 of the time of a block of accesses, in microseconds, without the source and with it; medians of the rounds. */
  readonly offP9999us: number;
  readonly onP9999us: number;
  /** The longest block of all rounds. */
  readonly offMaxus: number;
  readonly onMaxus: number;
  /** Accesses of the program in the whole run, and the sum of the counts by unit and time. */
  readonly accesses: number;
  readonly counted: number;
  /** Wrong values that the program found, and places that were damaged or lost at the end. */
  readonly wrongValues: number;
  readonly damaged: number;
  readonly verified: boolean;
  /** A slice of time without the source, and one with it. */
  readonly rounds: readonly {
    readonly offPerSecond: number;
    readonly onPerSecond: number;
    readonly slowdownPercent: number;
    readonly cpuSlowdownPercent: number;
    readonly offP9999us: number;
    readonly onP9999us: number;
  }[];
}

/** The report of `pageferry bench heat --json`. Fields are only ever added to a schema. */
export interface HeatReport {
  readonly schema: 'pageferry.bench.heat/1';
  readonly host: Host;
  readonly options: Pick<HeatBenchOptions, 'bytes' | 'seconds' | 'intervalMs' | 'loadThreads' | 'seed'>;
  readonly rows: readonly HeatRow[];
  /** Sources that this host does not have. */
  readonly unavailable: readonly { readonly source: SourceName; readonly problem: string }[];
  /** For readers of the figures. */
  readonly notes: readonly string[];
}
