import type { AccessCost } from '../../access/access-source.js';
import { type Summary, summarize } from '../../common/summary.js';
import type { Sight } from '../../heat/observation.js';
import type { PhaseRun } from './known-load.js';
import { lagsOf, type Move } from './lag.js';
import type { ProgramName, SourceName } from './options.js';
import type { HeatRow } from './report.js';
import { hottestShare, scoreOf } from './score.js';

/** One snapshot, and what was known when it was taken. Times are milliseconds since the program began. */
export interface Shot {
  readonly atMs: number;
  readonly hottest: Uint32Array;
  /** The part of all heat that its hottest tenth has. */
  readonly seenShare: number;
  readonly cost: AccessCost;
}

/** The measurements of one program with one source. */
export interface HeatRun {
  readonly program: ProgramName;
  readonly source: SourceName;
  readonly sees: Sight;
  /** The first one is from before the measured part. */
  readonly shots: readonly Shot[];
  /** The accesses of each unit that the snapshot at this index is compared with, from 1 on. */
  readonly truthOf: (shot: number) => Float64Array;
  /** Undefined if the program has no hot set that moves. */
  readonly moves: readonly Move[] | undefined;
  readonly rounds: readonly { readonly off: PhaseRun; readonly on: PhaseRun }[];
  readonly accesses: number;
  readonly counted: number;
  readonly wrongValues: number;
  readonly damaged: number;
}

export function heatRow(run: HeatRun): HeatRow {
  const { program, source, sees, shots, moves, accesses, counted, wrongValues, damaged } = run;
  const [first, last] = [shots[0]!, shots.at(-1)!];
  const units = last.cost.units - first.cost.units;
  const rounds = run.rounds.map(({ off, on }) => ({
    offPerSecond: off.perSecond,
    onPerSecond: on.perSecond,
    slowdownPercent: 100 * (1 - on.perSecond / off.perSecond),
    cpuSlowdownPercent: 100 * (1 - on.perCpuSecond / off.perCpuSecond),
    offP9999us: off.times.percentile(99.99) / 1000,
    onP9999us: on.times.percentile(99.99) / 1000,
  }));
  const median = (of: (round: (typeof rounds)[number]) => number) => summarize(rounds.map(of)).median;
  const longest = (of: (round: HeatRun['rounds'][number]) => PhaseRun) =>
    Math.max(...run.rounds.map((round) => of(round).times.maxNs)) / 1000;
  return {
    program,
    source,
    sees,
    truth: moves === undefined ? 'phase' : 'interval',
    ...seen(run),
    lag: moves === undefined ? null : lagFigures(lagsOf(moves, sightings(shots))),
    cpuPercent: percentBetween(first, last, 'cpuNs'),
    cpuOfSnapshots: summarize(shots.slice(1).map((shot, i) => percentBetween(shots[i]!, shot, 'cpuNs'))),
    unitCpuUs: units > 0 ? (last.cost.cpuNs - first.cost.cpuNs) / units / 1000 : null,
    stalledPercent: percentBetween(first, last, 'stalledNs'),
    slowdownPercent: median(({ slowdownPercent }) => slowdownPercent),
    cpuSlowdownPercent: median(({ cpuSlowdownPercent }) => cpuSlowdownPercent),
    perSecond: median(({ offPerSecond }) => offPerSecond),
    offP9999us: median(({ offP9999us }) => offP9999us),
    onP9999us: median(({ onP9999us }) => onP9999us),
    offMaxus: longest(({ off }) => off),
    onMaxus: longest(({ on }) => on),
    accesses,
    counted,
    wrongValues,
    damaged,
    verified: wrongValues === 0 && damaged === 0 && accesses === counted,
    rounds,
  };
}

/** A cost, as a percentage of the time between two snapshots. */
function percentBetween(from: Shot, to: Shot, cost: 'cpuNs' | 'stalledNs'): number {
  return (100 * (to.cost[cost] - from.cost[cost])) / ((to.atMs - from.atMs) * 1e6);
}

/** Compares the snapshots with the truth. */
function seen({
  shots,
  truthOf,
}: HeatRun): Pick<
  HeatRow,
  'snapshots' | 'even' | 'precision' | 'recall' | 'captured' | 'trueShare' | 'seenShare'
> {
  const compared = shots.slice(1);
  const truths = compared.map((_, i) => truthOf(i + 1));
  const scores = compared.map(({ hottest }, i) => scoreOf(truths[i]!, hottest));
  // In half of the snapshots or more.
  const even = scores.filter((score) => score.even).length * 2 >= scores.length;
  const spread = (values: readonly (number | null)[]): Summary | null => {
    const numbers = values.filter((value) => value !== null);
    return even || numbers.length === 0 ? null : summarize(numbers);
  };
  return {
    snapshots: compared.length,
    even,
    precision: spread(scores.map(({ precision }) => precision)),
    recall: spread(scores.map(({ recall }) => recall)),
    captured: spread(scores.map(({ captured }) => captured)),
    trueShare: summarize(truths.map(hottestShare)).median,
    seenShare: summarize(compared.map(({ seenShare }) => seenShare)).median,
  };
}

function sightings(shots: readonly Shot[]): { atMs: number; hottest: ReadonlySet<number> }[] {
  return shots.map(({ atMs, hottest }) => ({ atMs, hottest: new Set(hottest) }));
}

/** @param lags Infinity for a move that was not seen. */
function lagFigures(lags: readonly number[]): HeatRow['lag'] {
  const none = { median: Number.NaN, min: Number.NaN, max: Number.NaN };
  const { median, min, max } = lags.length === 0 ? none : summarize(lags);
  const finite = (ms: number) => (Number.isFinite(ms) ? ms : null);
  return {
    moves: lags.length,
    unseen: lags.filter((ms) => ms === Number.POSITIVE_INFINITY).length,
    medianMs: finite(median),
    minMs: finite(min),
    maxMs: finite(max),
  };
}
