import type { Axis } from './axis.js';
import { Bins } from './bins.js';
import type { Objective } from './objectives.js';
import type { SweepRow } from './run-cell.js';

/** How much one axis alone explains of an objective. */
export interface Sensitivity {
  readonly axis: string;
  readonly objective: string;
  /**
   * First-order index (Sobol): the variance of the means over the parts of the axis, divided by the variance of all
   * cells. 1: nothing else matters. The indices of all axes add up to less than 1 where axes work together.
   */
  readonly share: number;
  /** The mean in each part of the axis; null where no cell is. */
  readonly means: readonly (number | null)[];
  readonly labels: readonly string[];
  /** The axis has words, which have no order. */
  readonly nominal: boolean;
}

/** Sums over the cells of a sweep, from which the sensitivities follow. The memory does not grow with the cells. */
export class Sensitivities {
  readonly #axes: readonly Axis[];
  readonly #objectives: readonly Objective[];
  readonly #bins: readonly Bins[];
  readonly #counts: readonly Float64Array[];
  /** By axis and objective, the sum in each part. */
  readonly #sums: readonly (readonly Float64Array[])[];
  #count = 0;
  /** Welford's mean and sum of squares of each objective, which stay exact over millions of cells. */
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;

  constructor(axes: readonly Axis[], objectives: readonly Objective[]) {
    this.#axes = axes;
    this.#objectives = objectives;
    this.#bins = axes.map((axis) => new Bins(axis));
    this.#counts = this.#bins.map(({ count }) => new Float64Array(count));
    this.#sums = this.#bins.map(({ count }) => objectives.map(() => new Float64Array(count)));
    this.#mean = new Float64Array(objectives.length);
    this.#squares = new Float64Array(objectives.length);
  }

  add({ values, figures }: Extract<SweepRow, { readonly figures: unknown }>): void {
    this.#count++;
    const parts = this.#bins.map((bins, at) => bins.of(values[at]!));
    for (const [at, part] of parts.entries()) this.#counts[at]![part]!++;
    for (const [which, { name }] of this.#objectives.entries()) {
      const value = figures[name]!;
      const before = value - this.#mean[which]!;
      this.#mean[which]! += before / this.#count;
      this.#squares[which]! += before * (value - this.#mean[which]!);
      for (const [at, part] of parts.entries()) this.#sums[at]![which]![part]! += value;
    }
  }

  /** Of every axis and objective. */
  get results(): Sensitivity[] {
    return this.#axes.flatMap((axis, at) =>
      this.#objectives.map((objective, which) => this.#of(axis, at, objective, which)),
    );
  }

  #of({ name }: Axis, at: number, objective: Objective, which: number): Sensitivity {
    const bins = this.#bins[at]!;
    const counts = this.#counts[at]!;
    const sums = this.#sums[at]![which]!;
    const mean = this.#mean[which]!;
    let between = 0;
    const means = Array.from(sums, (sum, part) => {
      if (counts[part] === 0) return null;
      const here = sum / counts[part]!;
      between += counts[part]! * (here - mean) ** 2;
      return here;
    });
    const all = this.#squares[which]!;
    return {
      axis: name,
      objective: objective.name,
      share: all > 0 ? Math.min(1, between / all) : 0,
      means,
      labels: bins.labels,
      nominal: bins.nominal,
    };
  }
}
