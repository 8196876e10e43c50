import { formatSize } from '../../common/size.js';
import type { CopyMode } from '../../mm/copy-mode.js';
import type { DmaMapping } from '../../sim/dma/mapping.js';
import type { ThreadPlacement } from '../../sim/dma/placement.js';
import {
  type MoveCell,
  type MoveFigures,
  type MoveSettings,
  runMove,
  type SimMigrator,
} from '../../sim/experiments/move.js';
import { rfcByBatch, rfcByFolio } from '../../sim/experiments/rfc-figures.js';
import { type PredictionInterval, predictionInterval } from '../../sim/fit/prediction.js';
import { startProgress } from '../ui/progress.js';
import { RFC_PROFILE } from './profile-option.js';

/** A row of `pageferry sim move` and `sim batch`. */
export interface SimRow extends Omit<MoveFigures, 'folio'> {
  /** Folio size, such as `4K`. */
  readonly folio: string;
  /** The RFC's figure; null where it has none, or for the profile of another machine. */
  readonly rfcGBps: number | null;
  /** GBps / rfcGBps - 1. */
  readonly error: number | null;
  /** With a fitted profile, the throughput is between these with a probability of 90 %. */
  readonly interval?: PredictionInterval;
}

export interface RowSpecs {
  readonly migrators: readonly SimMigrator[];
  readonly channels: readonly number[];
  readonly threads: readonly number[];
  readonly copyModes: readonly CopyMode[];
  readonly placement?: ThreadPlacement | undefined;
  readonly mapping?: DmaMapping | undefined;
}

export type Mover = Pick<
  MoveCell,
  'migrator' | 'channels' | 'threads' | 'copyMode' | 'placement' | 'mapping'
>;

/** A row for each migrator, number of channels or threads, and copy mode. */
export function rowsOf(specs: RowSpecs): Mover[] {
  return moversOf(specs).flatMap((mover) => specs.copyModes.map((copyMode) => ({ ...mover, copyMode })));
}

function moversOf(specs: RowSpecs): Mover[] {
  const { migrators, channels, threads, placement, mapping } = specs;
  return migrators.flatMap((migrator): Mover[] => {
    if (migrator === 'dcbm') {
      return channels.map((count) => ({
        migrator,
        channels: count,
        ...(mapping === undefined ? {} : { mapping }),
      }));
    }
    if (migrator === 'mtcopy') {
      const where = placement === undefined ? {} : { placement };
      return threads.map((count) => ({ migrator, threads: count, ...where }));
    }
    return [{ migrator }];
  });
}

/** Runs every cell, with a bar, and adds the RFC's figures. */
export function runCells(
  label: string,
  cells: readonly MoveCell[],
  settings: MoveSettings,
  published: 'byFolio' | 'byBatch',
): SimRow[] {
  const progress = startProgress(label, cells.length);
  try {
    return cells.map((cell, at) => {
      const figures = runMove(cell, settings);
      progress.update(at + 1, `cell ${at + 1} of ${cells.length}`);
      return withPublished(figures, settings, published);
    });
  } finally {
    progress.stop();
  }
}

function withPublished(figures: MoveFigures, settings: MoveSettings, table: 'byFolio' | 'byBatch'): SimRow {
  const folio = formatSize(figures.folio);
  const { migrator, channels = 1, folios, GBps, copyMode } = figures;
  const row = { migrator, channels };
  const known = settings.profile.name === RFC_PROFILE;
  // Table 1 is of 1 GiB, table 2 of 2 MiB folios.
  const inTable = table === 'byBatch' ? folio === '2M' : figures.bytes === 2 ** 30;
  // The kernel migrates exclusively.
  const rfc = !(known && inTable && copyMode === 'exclusive')
    ? undefined
    : table === 'byBatch'
      ? rfcByBatch(row, folios)
      : rfcByFolio(row, folio);
  const interval = predictionInterval(settings.profile, figures, GBps);
  return {
    ...figures,
    folio,
    rfcGBps: rfc ?? null,
    error: rfc === undefined ? null : GBps / rfc - 1,
    ...(interval === undefined ? {} : { interval }),
  };
}

/** Mean absolute error of the rows that the RFC has, or undefined. */
export function meanError(rows: readonly SimRow[]): number | undefined {
  const errors = rows.flatMap(({ error }) => (error === null ? [] : [Math.abs(error)]));
  return errors.length === 0 ? undefined : errors.reduce((sum, each) => sum + each, 0) / errors.length;
}
