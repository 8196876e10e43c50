import { type Axis, describeAxis } from './axis.js';
import { BreakEven, type BreakEvenSurface } from './break-even.js';
import type { Objective } from './objectives.js';
import type { AxisValue } from './parameters.js';
import { ParetoFront } from './pareto.js';
import { countCells, type Sampling, type SweepSpace } from './plan.js';
import type { SweepRow } from './run-cell.js';
import { Sensitivities, type Sensitivity } from './sensitivity.js';

/** A cell of the Pareto front. */
export interface FrontRow {
  readonly cell: number;
  readonly values: Readonly<Record<string, AxisValue>>;
  readonly objectives: Readonly<Record<string, number>>;
}

/** The results of a sweep: the figures of `--json`. */
export interface SweepSummary {
  readonly axes: readonly { readonly name: string; readonly values: string }[];
  readonly objectives: readonly Objective[];
  /** Cells of the plan, cells with a result, and those of them that are not possible. */
  readonly cells: number;
  readonly done: number;
  readonly impossible: number;
  /** A reason for which cells are not possible, with its number of cells. */
  readonly problems: readonly { readonly problem: string; readonly cells: number }[];
  readonly front: readonly FrontRow[];
  readonly sensitivities: readonly Sensitivity[];
  readonly breakEven: BreakEvenSurface | null;
}

/** The results, and the sweep that they are of. */
export interface SweepReport extends SweepSummary {
  readonly profile: string;
  readonly sampling: Sampling;
}

/** Different problems that are counted. */
const MAX_PROBLEMS = 20;

/** Takes the rows of a sweep one by one. */
export class SweepCollector {
  readonly #space: SweepSpace;
  readonly #objectives: readonly Objective[];
  readonly #front: ParetoFront;
  readonly #sensitivities: Sensitivities;
  readonly #breakEven: BreakEven | undefined;
  readonly #problems = new Map<string, number>();
  #done = 0;
  #impossible = 0;

  /** @param surface The places of the axes of the break-even surface. */
  constructor(
    space: SweepSpace,
    objectives: readonly Objective[],
    surface: readonly [x: number, y: number] | undefined,
  ) {
    this.#space = space;
    this.#objectives = objectives;
    this.#front = new ParetoFront(objectives);
    this.#sensitivities = new Sensitivities(space.axes, objectives);
    this.#breakEven = surface === undefined ? undefined : new BreakEven(space.axes, surface);
  }

  add(row: SweepRow): void {
    this.#done++;
    if ('problem' in row) {
      this.#impossible++;
      const { problem } = row;
      const known = this.#problems.get(problem);
      if (known !== undefined || this.#problems.size < MAX_PROBLEMS)
        this.#problems.set(problem, (known ?? 0) + 1);
      return;
    }
    this.#front.add(row);
    this.#sensitivities.add(row);
    this.#breakEven?.add(row);
  }

  get done(): number {
    return this.#done;
  }

  get summary(): SweepSummary {
    const { axes } = this.#space;
    return {
      axes: axes.map((axis: Axis) => ({ name: axis.name, values: describeAxis(axis) })),
      objectives: this.#objectives,
      cells: countCells(this.#space),
      done: this.#done,
      impossible: this.#impossible,
      problems: [...this.#problems].map(([problem, cells]) => ({ problem, cells })),
      front: this.#front.rows.map(({ index, values, figures }) => ({
        cell: index,
        values: Object.fromEntries(axes.map(({ name }, at) => [name, values[at]!])),
        objectives: Object.fromEntries(this.#objectives.map(({ name }) => [name, figures[name]!])),
      })),
      sensitivities: this.#sensitivities.results,
      breakEven: this.#breakEven?.result ?? null,
    };
  }
}
