import { formatSize } from '../../common/size.js';
import { gigabytesPerSecond, medianRatio, summarize } from '../../common/summary.js';
import { rfcByBatch, rfcByFolio } from '../../sim/experiments/rfc-figures.js';
import type { NativeCopy } from '../harness/native-limit.js';
import type { Cell } from './cells.js';
import { eachCause, type MeasuredRun } from './measured-run.js';
import type { Mover } from './mover.js';
import type { MoveOptions } from './options.js';
import type { MoveRow, NativeSummary } from './report.js';
import type { RowSpec } from './row-spec.js';

/** Copies of one round. Every run is compared with those of its own round. */
export interface Round {
  /** A plain copy in chunks of the folio size, by one thread. */
  readonly copyGBps: number;
  /** The copy of one thread in chunks of 2 MiB: the limit of one thread without a migrator. */
  readonly threadGBps: number;
  readonly native: NativeCopy;
}

export interface RowRuns {
  readonly spec: RowSpec;
  /** The run of each round. */
  readonly runs: readonly MeasuredRun[];
  readonly verified: boolean;
}

export function rowFigures(
  options: Pick<MoveOptions, 'layout' | 'inject'>,
  cell: Cell,
  clock: Mover['clock'],
  rounds: readonly Round[],
  measured: readonly RowRuns[],
): MoveRow[] {
  const copies = rounds.map(({ copyGBps }) => copyGBps);
  const threads = rounds.map(({ threadGBps }) => threadGBps);
  const limits = rounds.map(({ native }) => native.GBps);
  const baseline = measured.find(({ spec }) => spec.migrator === 'baseline');
  const base = baseline === undefined ? undefined : speedsOf(baseline.runs);
  return measured.map(({ spec, runs, verified }) => {
    const speeds = speedsOf(runs);
    const { median, min, max } = summarize(speeds);
    const sum = (of: (run: MeasuredRun) => number) => runs.reduce((total, run) => total + of(run), 0);
    return {
      folio: formatSize(cell.folioSize),
      migrator: spec.migrator,
      channels: spec.channels,
      layout: options.layout,
      bytes: cell.bytes,
      runs: runs.length,
      medianGBps: median,
      minGBps: min,
      maxGBps: max,
      medianOfCopy: medianRatio(speeds, copies),
      foliosMoved: sum((run) => run.foliosMoved),
      foliosFailed: sum((run) => run.foliosFailed),
      verified,
      threads: spec.threads,
      batch: cell.batch,
      gaps: spec.gaps,
      clock: spec.migrator === 'kernel' ? 'kernel' : clock,
      medianOfThread: medianRatio(speeds, threads),
      medianOfLimit: medianRatio(speeds, limits),
      medianOfBase: base === undefined ? null : medianRatio(speeds, base),
      rfcGBps: published(options, cell, spec),
      batches: sum((run) => run.batches),
      fallbacks: sum((run) => run.fallbacks),
      fallbackCauses: eachCause((cause) => sum((run) => run.fallbackCauses[cause])),
      gapFoliosMoved: sum((run) => run.gapFoliosMoved),
      gapBytesMoved: sum((run) => run.gapBytesMoved),
      roundsGBps: speeds,
    };
  });
}

/** The native limit beside one cell's runs. */
export function nativeSummary({ folioSize, batch }: Cell, rounds: readonly Round[]): NativeSummary {
  const roundsGBps = rounds.map(({ native }) => native.GBps);
  const { median: medianGBps, min: minGBps, max: maxGBps } = summarize(roundsGBps);
  const threads = mostOften(rounds.map(({ native }) => native.threads));
  return { folio: formatSize(folioSize), batch, medianGBps, minGBps, maxGBps, threads, roundsGBps };
}

/** The RFC's figure for a row. The RFC moved everything in address order, without faults. */
function published(
  { layout, inject }: Pick<MoveOptions, 'layout' | 'inject'>,
  { folioSize, batch }: Cell,
  spec: RowSpec,
): number | null {
  if (layout !== 'contiguous' || inject !== undefined) return null;
  const figure = batch === null ? rfcByFolio(spec, formatSize(folioSize)) : rfcByBatch(spec, batch);
  return figure ?? null;
}

function speedsOf(runs: readonly MeasuredRun[]): number[] {
  return runs.map(({ bytesMoved, durationNs }) => gigabytesPerSecond(bytesMoved, durationNs));
}

function mostOften(values: readonly number[]): number {
  const times = (value: number) => values.filter((other) => other === value).length;
  return values.reduce((best, value) => (times(value) > times(best) ? value : best));
}
