import { MigrationError } from '../../common/migration-error.js';
import type { MoveCell, MoveFigures, MoveSettings } from '../experiments/move.js';
import type { AxisValue } from './parameters.js';
import { baselineOf, cellAt, type SweepPlan } from './plan.js';

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

/** A simulator of many cells (`moveSimulator`), or `runMove`, which gives the same figures. */
export type SimulateMove = (cell: MoveCell, settings: MoveSettings) => MoveFigures;

/** Runs cell `index`. A combination that is not possible has a problem instead of figures. */
export function runCell(plan: SweepPlan, index: number, simulate: SimulateMove): CellOutcome {
  try {
    const planned = cellAt(plan, index);
    const found = simulate(planned.cell, planned.settings);
    if (found.wrongPages > 0)
      throw new Error(`cell ${index}: ${found.wrongPages} pages are lost or misplaced`);
    const figures = figuresOf(found);
    if (!plan.compared) return { figures };
    const baseline = baselineOf(planned);
    const base = figuresOf(simulate(baseline.cell, baseline.settings));
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
