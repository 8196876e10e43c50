import type { Objective } from './objectives.js';
import type { SweepRow } from './run-cell.js';

type Done = Extract<SweepRow, { readonly figures: unknown }>;

/**
 * The Pareto front of the cells so far: those that no other cell beats in one objective without being worse in another.
 * Of cells with equal figures it keeps the first.
 */
export class ParetoFront {
  readonly #objectives: readonly Objective[];
  #rows: Done[] = [];
  /** The figures of each row, by row and objective. Smaller is better. */
  #costs: Float64Array = new Float64Array(64);

  constructor(objectives: readonly Objective[]) {
    this.#objectives = objectives;
  }

  add(row: Done): void {
    const width = this.#objectives.length;
    const mine = this.#objectives.map(({ name, goal }) => row.figures[name]! * (goal === 'max' ? -1 : 1));
    const costs = this.#costs;
    for (let at = 0; at < this.#rows.length; at++) {
      if (noWorse(costs, at * width, mine)) return;
    }
    // The new cell is on the front. The cells that it beats leave it.
    let kept = 0;
    for (let at = 0; at < this.#rows.length; at++) {
      if (isBeaten(costs, at * width, mine)) continue;
      if (kept !== at) {
        this.#rows[kept] = this.#rows[at]!;
        costs.copyWithin(kept * width, at * width, (at + 1) * width);
      }
      kept++;
    }
    this.#rows.length = kept;
    this.#rows.push(row);
    this.#reserve((kept + 1) * width);
    this.#costs.set(mine, kept * width);
  }

  #reserve(length: number): void {
    if (length <= this.#costs.length) return;
    const larger = new Float64Array(length * 2);
    larger.set(this.#costs);
    this.#costs = larger;
  }

  /** The front, the best of the first objective first. */
  get rows(): readonly Done[] {
    const first = this.#objectives[0]!;
    const sign = first.goal === 'max' ? -1 : 1;
    return this.#rows.toSorted(
      (a, b) => sign * (a.figures[first.name]! - b.figures[first.name]!) || a.index - b.index,
    );
  }
}

/** Whether the cell at `from` is at least as good in every objective. */
function noWorse(costs: Float64Array, from: number, mine: readonly number[]): boolean {
  for (let i = 0; i < mine.length; i++) if (!(costs[from + i]! <= mine[i]!)) return false;
  return true;
}

/** Whether the cell at `from` is at most as good in every objective. */
function isBeaten(costs: Float64Array, from: number, mine: readonly number[]): boolean {
  for (let i = 0; i < mine.length; i++) if (!(mine[i]! <= costs[from + i]!)) return false;
  return true;
}
