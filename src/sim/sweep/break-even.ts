import type { Axis } from './axis.js';
import { Bins } from './bins.js';
import type { SweepRow } from './run-cell.js';

/** Where offload pays, over two axes of a sweep. */
export interface BreakEvenSurface {
  readonly x: string;
  readonly y: string;
  readonly xLabels: readonly string[];
  readonly yLabels: readonly string[];
  /** By y and x, the mean speedup of the cells there; null where no cell is. */
  readonly speedup: readonly (readonly (number | null)[])[];
  /** By y and x, the part of the cells there that are faster than without a migrator. */
  readonly pays: readonly (readonly (number | null)[])[];
  /** By y, the smallest x from which on every cell is faster; null: no x. */
  readonly from: readonly (string | null)[];
}

/** Sums over the cells of a compared sweep. The memory does not grow with the cells. */
export class BreakEven {
  readonly #axes: readonly [x: Axis, y: Axis];
  readonly #at: readonly [x: number, y: number];
  readonly #bins: readonly [x: Bins, y: Bins];
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;
  readonly #paying: Float64Array;

  /** @param at The places of the two axes among all. */
  constructor(axes: readonly Axis[], at: readonly [x: number, y: number]) {
    this.#axes = [axes[at[0]]!, axes[at[1]]!];
    this.#at = at;
    this.#bins = [new Bins(this.#axes[0]), new Bins(this.#axes[1])];
    const length = this.#bins[0].count * this.#bins[1].count;
    this.#counts = new Float64Array(length);
    this.#sums = new Float64Array(length);
    this.#paying = new Float64Array(length);
  }

  add({ values, figures }: Extract<SweepRow, { readonly figures: unknown }>): void {
    const speedup = figures.speedup!;
    const [x, y] = [this.#bins[0].of(values[this.#at[0]]!), this.#bins[1].of(values[this.#at[1]]!)];
    const place = y * this.#bins[0].count + x;
    this.#counts[place]!++;
    this.#sums[place]! += speedup;
    if (speedup > 1) this.#paying[place]!++;
  }

  get result(): BreakEvenSurface {
    const [x, y] = this.#bins;
    const table = (of: Float64Array): (number | null)[][] =>
      y.labels.map((_, row) =>
        x.labels.map((__, column) => {
          const place = row * x.count + column;
          return this.#counts[place] === 0 ? null : of[place]! / this.#counts[place]!;
        }),
      );
    const pays = table(this.#paying);
    return {
      x: this.#axes[0].name,
      y: this.#axes[1].name,
      xLabels: x.labels,
      yLabels: y.labels,
      speedup: table(this.#sums),
      pays,
      from: pays.map((row) => {
        let from: string | null = null;
        for (const [at, part] of row.entries()) {
          if (part === null) continue;
          if (part < 1) from = null;
          else from ??= x.labels[at]!;
        }
        return from;
      }),
    };
  }
}
