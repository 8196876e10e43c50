import { moveSimulator } from '../sim/experiments/move-simulator.js';
import type { SweepPlan } from '../sim/sweep/plan.js';
import { type CellOutcome, runCell } from '../sim/sweep/run-cell.js';

/** Some cells of a sweep. */
export interface SweepTask {
  readonly kind: 'sweep';
  readonly plan: SweepPlan;
  /** Numbers of the cells. */
  readonly cells: readonly number[];
}

export interface CellsDone {
  /** By cell of the task. */
  readonly outcomes: readonly CellOutcome[];
  /** Milliseconds that they took, for the size of the next tasks. */
  readonly ms: number;
}

/** Cells of a thread that differ in one figure share what does not depend on it, as do their baselines. */
const simulate = moveSimulator();

export function runSweepTask({ plan, cells }: SweepTask): CellsDone {
  const began = performance.now();
  const outcomes = cells.map((index) => runCell(plan, index, simulate));
  return { outcomes, ms: performance.now() - began };
}
