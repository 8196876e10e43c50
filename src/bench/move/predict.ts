import { createHash } from 'node:crypto';
import { PAGE_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';
import { Settings } from '../../offload/settings.js';
import { type MoveCell, runMove } from '../../sim/experiments/move.js';
import { predictionInterval } from '../../sim/fit/prediction.js';
import type { HardwareProfile } from '../../sim/profile/hardware-profile.js';
import type { Cell } from './cells.js';
import type { MoveOptions } from './options.js';
import type { MoveReport, MoveRow } from './report.js';
import { type RowSpec, rowSpecs } from './row-spec.js';

/** Batches in flight of a ferry whose depth is not set. */
const DEPTH = new Settings().get('pipeline_depth');
/** The `schema` of a file of predictions. */
const PREDICTION_SCHEMA = 'pageferry.prediction/1';

/** The prediction of one row of the bench. */
export interface PredictedRow extends Pick<MoveRow, 'folio' | 'migrator' | 'channels' | 'threads' | 'batch'> {
  readonly GBps: number;
  /** Of a profile with uncertainty: the middle 90 %. */
  readonly low?: number;
  readonly high?: number;
  /** Page tables that move as a whole, and base pages that move by themselves, of a profile with their costs. */
  readonly tablesMoved?: number;
  readonly pagesMovedSingly?: number;
}

/** Predictions for the rows of one bench, made before its first run. */
export interface Prediction {
  readonly schema: typeof PREDICTION_SCHEMA;
  readonly profile: string;
  readonly options: Readonly<Record<string, number | string>>;
  readonly rows: readonly PredictedRow[];
  /** SHA-256 of all of the above, as JSON without spaces. */
  readonly sha256: string;
}

/** Simulates every row of a bench of contiguous memory. The row `kernel` has no prediction. */
export function predictMoves(
  options: MoveOptions,
  cells: readonly Cell[],
  profile: HardwareProfile,
): Prediction {
  const { maxBatch, depth = DEPTH, pageTables = 'auto' } = options;
  const rows = cells.flatMap((cell) =>
    rowSpecs(options).flatMap((spec) => predictRow(options, cell, spec, profile)),
  );
  const about = {
    schema: PREDICTION_SCHEMA,
    profile: profile.name,
    options: { maxBatch, depth, pageTables, bytes: cells[0]!.bytes },
    rows,
  } as const;
  return { ...about, sha256: createHash('sha256').update(JSON.stringify(about)).digest('hex') };
}

function predictRow(
  options: MoveOptions,
  cell: Cell,
  spec: RowSpec,
  profile: HardwareProfile,
): PredictedRow[] {
  const { migrator, channels, threads } = spec;
  if (migrator === 'kernel' || (migrator === 'dcbm' && channels > profile.dma.channels)) return [];
  const { folioSize, batch, bytes } = cell;
  const { maxBatch, depth = DEPTH, pageTables } = options;
  const moved: MoveCell = {
    folio: folioSize,
    folios: batch ?? bytes / folioSize,
    migrator,
    ...(migrator === 'dcbm' ? { channels } : {}),
    ...(migrator === 'mtcopy' ? { threads } : {}),
  };
  const figures = runMove(moved, {
    profile,
    seed: options.seed,
    words: 1,
    batchPages: migrator === 'serial' ? 1 : maxBatch / PAGE_SIZE,
    depth,
    pageTables: pageTables === 'never' ? 'never' : 'auto',
  });
  const { GBps, tablesMoved, pagesMovedSingly } = figures;
  return [
    {
      folio: formatSize(folioSize),
      migrator,
      channels,
      threads,
      batch,
      GBps,
      ...predictionInterval(profile, moved, GBps),
      ...(tablesMoved === undefined || pagesMovedSingly === undefined
        ? {}
        : { tablesMoved, pagesMovedSingly }),
    },
  ];
}

/** The report with each prediction beside the measurement. @param file where the predictions are. */
export function withPrediction(
  report: MoveReport,
  { rows, sha256, profile }: Prediction,
  file: string,
): MoveReport {
  const predicted = new Map(rows.map((row) => [keyOf(row), row.GBps]));
  const compared = report.rows.map((row): MoveRow => {
    const predictedGBps = predicted.get(keyOf(row));
    return predictedGBps === undefined ? row : { ...row, predictedGBps };
  });
  const errors = compared.flatMap(({ predictedGBps, medianGBps }) =>
    predictedGBps === undefined ? [] : [Math.abs(predictedGBps / medianGBps - 1)],
  );
  const meanError = errors.reduce((sum, error) => sum + error, 0) / Math.max(1, errors.length);
  return {
    ...report,
    rows: compared,
    prediction: { profile, file, sha256, meanError, worstError: Math.max(0, ...errors) },
  };
}

function keyOf({
  folio,
  migrator,
  channels,
  threads,
  batch,
}: Pick<PredictedRow, 'folio' | 'migrator' | 'channels' | 'threads' | 'batch'>): string {
  return [folio, migrator, channels, threads, batch].join();
}
