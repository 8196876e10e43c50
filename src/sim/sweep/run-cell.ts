import { MigrationError } from '../../common/migration-error.js';
import { type MoveFigures, runMove } from '../experiments/move.js';
import type { AxisValue } from './parameters.js';
import { baselineOf, cellAt, contentOf, type PlannedCell, type SweepPlan } from './plan.js';

/** The figures of a cell. Times are virtual. */
export interface SweepFigures {
  readonly GBps: number;
  /** Milliseconds of the migrating processor for each GiB. */
  readonly cpu: number;
  readonly firstFolioNs: number;
  readonly readerWaitNs: number;
  readonly writerWaitNs: number;
  readonly ns: number;
  readonly sysNs: number;
  readonly idleNs: number;
  readonly fallbacks: number;
  /** Of a compared plan: GB/s, and CPU time, divided by those of the same cell without a migrator. */
  readonly speedup?: number;
  readonly cpuRatio?: number;
}

/** The outcome of a cell: its figures, or the reason why no machine can run it. */
export type CellOutcome = { readonly figures: SweepFigures } | { readonly problem: string };

/** A cell of a sweep, as it is written. */
export type SweepRow = { readonly index: number; readonly values: readonly AxisValue[] } & CellOutcome;

/** Results of cells without a migrator. Many cells that differ in their channels share one. */
export class BaselineMemo {
  static readonly #MAX = 4096;
  readonly #known = new Map<string, MoveFigures>();

  get(cell: Pick<PlannedCell, 'cell' | 'settings'>): MoveFigures {
    const key = contentOf(cell, false);
    let figures = this.#known.get(key);
    if (figures === undefined) {
      figures = runMove(cell.cell, cell.settings);
      if (this.#known.size >= BaselineMemo.#MAX) this.#known.clear();
      this.#known.set(key, figures);
    }
    return figures;
  }
}

/** Runs cell `index`. A combination that is not possible has a problem instead of figures. */
export function runCell(plan: SweepPlan, index: number, memo: BaselineMemo): CellOutcome {
  try {
    const planned = cellAt(plan, index);
    const found = runMove(planned.cell, planned.settings);
    if (found.wrongPages > 0)
      throw new Error(`cell ${index}: ${found.wrongPages} pages are lost or misplaced`);
    const figures = figuresOf(found);
    if (!plan.compared) return { figures };
    const base = figuresOf(memo.get(baselineOf(planned)));
    return { figures: { ...figures, speedup: figures.GBps / base.GBps, cpuRatio: figures.cpu / base.cpu } };
  } catch (error) {
    if (!(error instanceof MigrationError) || error.code !== 'EINVAL') throw error;
    return { problem: error.problem };
  }
}

function figuresOf(found: MoveFigures): SweepFigures {
  const { GBps, firstFolioNs, readerWaitNs, writerWaitNs, ns, sysNs, idleNs, fallbacks, bytes } = found;
  const cpu = sysNs / 1e6 / (bytes / 2 ** 30);
  return { GBps, cpu, firstFolioNs, readerWaitNs, writerWaitNs, ns, sysNs, idleNs, fallbacks };
}
