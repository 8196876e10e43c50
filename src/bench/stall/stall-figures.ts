import { formatSize } from '../../common/size.js';
import { gigabytesPerSecond, medianRatio, summarize } from '../../common/summary.js';
import type { BatchMigrator } from '../move/options.js';
import type { Role } from './options.js';
import type { RoleRun } from './program-load.js';
import type { StallRow, UndisturbedRow, WaitFigures } from './report.js';
import type { ShuttleRun } from './shuttle.js';
import type { StallSpec } from './stall-spec.js';

/** One measured run of a spec. */
export interface StallRun {
  /** The waits of each role of the spec. */
  readonly roles: readonly RoleRun[];
  /** Undefined where nothing was migrated. */
  readonly migration: ShuttleRun | undefined;
  readonly updatesLost: number;
}

export interface SpecRuns {
  readonly spec: StallSpec;
  /** The run of each round. */
  readonly runs: readonly StallRun[];
}

export interface StallFigures {
  readonly undisturbed: readonly UndisturbedRow[];
  readonly elsewhere: readonly StallRow[];
  readonly rows: readonly StallRow[];
}

/** The rows of one folio size. */
export function stallFigures(folioSize: number, measured: readonly SpecRuns[]): StallFigures {
  const folio = formatSize(folioSize);
  const rowsOf = (disturbance: StallSpec['disturbance']) =>
    measured
      .filter(({ spec }) => spec.disturbance === disturbance)
      .flatMap((each) => each.spec.roles.map((role) => ({ ...each, role })));
  return {
    undisturbed: rowsOf('nothing').map(({ runs, role }) => ({ folio, role, ...waitFigures(runs, role) })),
    elsewhere: rowsOf('elsewhere').map(({ spec, runs, role }) => row(folio, spec, runs, role, measured)),
    rows: rowsOf('migration').map(({ spec, runs, role }) => row(folio, spec, runs, role, measured)),
  };
}

function row(
  folio: string,
  spec: StallSpec,
  runs: readonly StallRun[],
  role: Role,
  measured: readonly SpecRuns[],
): StallRow {
  const sum = (of: (run: StallRun) => number) => runs.reduce((total, run) => total + of(run), 0);
  const wrongValues = sum((run) => run.roles.reduce((total, { wrong }) => total + wrong, 0));
  const updatesLost = sum((run) => run.updatesLost);
  const foliosFailed = sum(({ migration }) => migration?.foliosFailed ?? 0);
  const alone = measured.find(
    (other) => other.spec.disturbance === 'nothing' && other.spec.roles.includes(role),
  );
  const rates = runs.map((run) => runOf(run, role).perSecond);
  const undisturbed = (alone?.runs ?? []).map((run) => runOf(run, role).perSecond);
  return {
    folio,
    batchBytes: spec.batchBytes,
    copyMode: spec.copyMode,
    cutoverBytes: spec.cutoverBytes,
    migrator: spec.copy.migrator as BatchMigrator,
    channels: spec.copy.channels,
    threads: spec.copy.threads,
    role,
    GBps: summarize(speeds(runs)).median,
    ...waitFigures(runs, role),
    ofUndisturbed: medianRatio(rates, undisturbed),
    ofExclusive: ofExclusive(spec, runs, role, measured),
    bytesMoved: sum(({ migration }) => migration?.bytesMoved ?? 0),
    foliosFailed,
    fallbacks: sum(({ migration }) => migration?.fallbacks ?? 0),
    wrongValues,
    updatesLost,
    verified: wrongValues === 0 && updatesLost === 0,
    rounds: runs.map((run, i) => ({
      GBps: speeds(runs)[i]!,
      p9999us: microseconds(runOf(run, role).waits.percentile(99.99)),
      maxus: microseconds(runOf(run, role).waits.maxNs),
    })),
  };
}

function waitFigures(runs: readonly StallRun[], role: Role): WaitFigures {
  const own = runs.map((run) => runOf(run, role));
  const median = (of: (run: RoleRun) => number) => summarize(own.map(of)).median;
  const percentile = (percent: number) => microseconds(median(({ waits }) => waits.percentile(percent)));
  return {
    p50us: percentile(50),
    p99us: percentile(99),
    p999us: percentile(99.9),
    p9999us: percentile(99.99),
    maxus: microseconds(Math.max(...own.map(({ waits }) => waits.maxNs))),
    samples: own.reduce((total, { accesses }) => total + accesses, 0),
    readsPerSecond: median(({ perSecond }) => perSecond),
    longPerSecond: median(({ waits, threadNs }) => ratio(waits.long * 1e9, threadNs)),
    longShare: median(({ waits, threadNs }) => ratio(waits.longNs, threadNs)),
  };
}

/** A write-protected row, relative to the exclusive row that is otherwise the same. */
function ofExclusive(
  spec: StallSpec,
  runs: readonly StallRun[],
  role: Role,
  measured: readonly SpecRuns[],
): StallRow['ofExclusive'] {
  if (spec.copyMode === 'exclusive' || spec.disturbance !== 'migration') return null;
  const exclusive = measured.find(
    ({ spec: other }) =>
      other.disturbance === 'migration' &&
      other.copyMode === 'exclusive' &&
      other.batchBytes === spec.batchBytes &&
      other.copy === spec.copy &&
      other.roles.includes(role),
  );
  if (exclusive === undefined) return null;
  const waits = (all: readonly StallRun[]) => all.map((run) => runOf(run, role).waits.percentile(99.99));
  return {
    GBps: medianRatio(speeds(runs), speeds(exclusive.runs)),
    p9999us: medianRatio(waits(runs), waits(exclusive.runs)),
  };
}

function runOf({ roles }: StallRun, role: Role): RoleRun {
  return roles.find((run) => run.role === role)!;
}

function speeds(runs: readonly StallRun[]): number[] {
  return runs.map(({ migration }) =>
    migration === undefined ? 0 : gigabytesPerSecond(migration.bytesMoved, migration.durationNs),
  );
}

function ratio(value: number, other: number): number {
  return other > 0 ? value / other : 0;
}

function microseconds(nanoseconds: number): number {
  return nanoseconds / 1000;
}
