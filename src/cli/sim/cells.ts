import { formatSize } from '../../common/size.js';
import type { CopyMode } from '../../mm/copy-mode.js';
import {
  type MoveCell,
  type MoveFigures,
  type MoveSettings,
  runMove,
  type SimMigrator,
} from '../../sim/experiments/move.js';
import { rfcByBatch, rfcByFolio } from '../../sim/experiments/rfc-figures.js';
import { startProgress } from '../ui/progress.js';
import { RFC_PROFILE } from './profile-option.js';

/** A row of `pageferry sim move` and `sim batch`. */
export interface SimRow extends Omit<MoveFigures, 'folio'> {
  /** Folio size, such as `4K`. */
  readonly folio: string;
  /** What the RFC published for it; null where it has nothing, or for another machine's profile. */
  readonly rfcGBps: number | null;
  /** GBps / rfcGBps - 1. */
  readonly error: number | null;
}

/** Whose rows are wanted. */
export interface RowSpecs {
  readonly migrators: readonly SimMigrator[];
  readonly channels: readonly number[];
  readonly threads: readonly number[];
  readonly copyModes: readonly CopyMode[];
}

export type Mover = Pick<MoveCell, 'migrator' | 'channels' | 'threads' | 'copyMode'>;

/** For each migrator a row, and for those that have channels or threads one for each number of them; in each copy mode. */
export function rowsOf(specs: RowSpecs): Mover[] {
  return moversOf(specs).flatMap((mover) => specs.copyModes.map((copyMode) => ({ ...mover, copyMode })));
}

function moversOf(specs: RowSpecs): Mover[] {
  return specs.migrators.flatMap((migrator): Mover[] => {
    if (migrator === 'dcbm') return specs.channels.map((channels) => ({ migrator, channels }));
    if (migrator === 'mtcopy') return specs.threads.map((threads) => ({ migrator, threads }));
    return [{ migrator }];
  });
}

/** Runs every cell, with a bar, and puts the RFC's figure beside those that it has. */
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
  // The kernel knows no other than exclusive migrations.
  const rfc = !(known && inTable && copyMode === 'exclusive')
    ? undefined
    : table === 'byBatch'
      ? rfcByBatch(row, folios)
      : rfcByFolio(row, folio);
  return { ...figures, folio, rfcGBps: rfc ?? null, error: rfc === undefined ? null : GBps / rfc - 1 };
}

/** Mean absolute error of the rows that the RFC has; undefined without any. */
export function meanError(rows: readonly SimRow[]): number | undefined {
  const errors = rows.flatMap(({ error }) => (error === null ? [] : [Math.abs(error)]));
  return errors.length === 0 ? undefined : errors.reduce((sum, each) => sum + each, 0) / errors.length;
}
