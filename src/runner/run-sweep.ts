import { createHash } from 'node:crypto';
import { MigrationError } from '../common/migration-error.js';
import {
  axisValuesAt,
  cellAt,
  contentOf,
  contentOfPlan,
  countCells,
  type SweepPlan,
} from '../sim/sweep/plan.js';
import type { CellOutcome, SweepRow } from '../sim/sweep/run-cell.js';
import type { CellCache } from './cell-cache.js';
import { modelVersion } from './model-version.js';
import { type Runner, started } from './runner.js';

/** Maximum cells of one task, and of the cells that are looked up for it. */
const MAX_CELLS = 256;
const MAX_LOOKED_UP = 8192;

export interface SweepOptions {
  readonly plan: SweepPlan;
  readonly runner: Runner;
  /** Cells of earlier sweeps. */
  readonly cache?: CellCache | undefined;
  /** The first cell; those before it are known. */
  readonly from?: number;
  readonly signal?: AbortSignal;
}

/** Cells from `from` on, in order: those that the cache had, and those of one task. */
interface Piece {
  readonly from: number;
  readonly known: readonly (CellOutcome | undefined)[];
  readonly keys: readonly string[];
  readonly run: Promise<readonly CellOutcome[]>;
}

/** Hash of a sweep: its plan, and the version of the model. */
export function sweepId(plan: SweepPlan): string {
  return createHash('sha256')
    .update(`${modelVersion()}\n${contentOfPlan(plan)}`)
    .digest('hex')
    .slice(0, 32);
}

/** Hash of the content of a cell: the figures of its profile, its migration, and the version of the model. */
export function cellKey(plan: SweepPlan, index: number): string | undefined {
  let content: string;
  try {
    content = contentOf(cellAt(plan, index), plan.compared);
  } catch (error) {
    // A combination that is not possible is found again as quickly as it would be looked up.
    if (error instanceof MigrationError) return undefined;
    throw error;
  }
  return createHash('sha256').update(`${modelVersion()}\n${content}`).digest('hex').slice(0, 32);
}

/**
 * Runs the cells of a plan, and yields them in their order. Cells are made when there is room for them. The rows are the
 * same whatever runner runs them, and however many workers it has.
 */
export async function* runSweep({
  plan,
  runner,
  cache,
  from = 0,
  signal,
}: SweepOptions): AsyncGenerator<SweepRow> {
  const total = countCells(plan);
  const pieces: Piece[] = [];
  // Milliseconds of a cell, the newest counting most.
  let cellMs: number | undefined;
  let next = from;

  const runCells = async (cells: readonly number[]): Promise<readonly CellOutcome[]> => {
    if (cells.length === 0) return [];
    const { outcomes, ms } = await runner.run({ kind: 'sweep', plan, cells }, signal);
    const mean = ms / cells.length;
    cellMs = cellMs === undefined ? mean : (3 * cellMs + mean) / 4;
    return outcomes;
  };

  const nextPiece = (): Piece => {
    const size =
      cellMs === undefined ? 1 : Math.max(1, Math.min(MAX_CELLS, Math.floor(runner.taskMs / cellMs)));
    const first = next;
    const cells: number[] = [];
    const known: (CellOutcome | undefined)[] = [];
    const keys: string[] = [];
    while (next < total && cells.length < size && next - first < MAX_LOOKED_UP) {
      const key = cache === undefined ? undefined : cellKey(plan, next);
      const found = key === undefined ? undefined : cache?.get(key);
      known.push(found);
      keys.push(key ?? '');
      if (found === undefined) cells.push(next);
      next++;
    }
    return { from: first, known, keys, run: started(runCells(cells)) };
  };

  while (next < total || pieces.length > 0) {
    while (next < total && pieces.length < runner.width) pieces.push(nextPiece());
    const piece = pieces.shift()!;
    const outcomes = (await piece.run)[Symbol.iterator]();
    for (const [at, known] of piece.known.entries()) {
      const outcome = known ?? (outcomes.next().value as CellOutcome);
      const index = piece.from + at;
      const key = piece.keys[at]!;
      if (known === undefined && key !== '' && 'figures' in outcome) cache?.put(key, outcome.figures);
      yield { index, values: axisValuesAt(plan, index), ...outcome };
    }
  }
}
