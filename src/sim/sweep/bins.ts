import { sameExp, sameLog } from '../../common/same-math.js';
import type { Axis } from './axis.js';
import { type AxisValue, showAxisValue } from './parameters.js';

/** Values of an axis that are parts of their own. */
const MAX_EXACT = 24;
/** Parts of an axis with more values. */
const MAX_BINS = 12;

/** Parts of an axis, for means over the cells in each. An axis of few values has a part for each value. */
export class Bins {
  readonly labels: readonly string[];
  readonly #axis: Axis;
  readonly #exact: ReadonlyMap<AxisValue, number> | undefined;
  readonly #low: number;
  readonly #span: number;
  readonly #log: boolean;

  constructor(axis: Axis) {
    this.#axis = axis;
    const { name, levels, range } = axis;
    const few =
      levels !== undefined && (levels.length <= MAX_EXACT || levels.some((each) => typeof each === 'string'));
    const numbers = few ? [] : levels === undefined ? [range!.min, range!.max] : levels.map(Number);
    const [min, max] = [Math.min(...numbers), Math.max(...numbers)];
    // Values that were written as a logarithmic range are decades apart.
    this.#log = !few && min > 0 && (range?.scale === 'log' || (levels !== undefined && isGeometric(numbers)));
    this.#low = this.#log ? sameLog(min) : min;
    this.#span = (this.#log ? sameLog(max) : max) - this.#low;
    if (few) {
      this.#exact = new Map(levels.map((level, at) => [level, at]));
      this.labels = levels.map((level) => showAxisValue(name, level));
    } else {
      this.labels = Array.from({ length: MAX_BINS }, (_, at) => this.#labelOf(at));
    }
  }

  get count(): number {
    return this.labels.length;
  }

  /** Whether the values have no order. */
  get nominal(): boolean {
    return this.#axis.levels?.some((each) => typeof each === 'string') === true;
  }

  of(value: AxisValue): number {
    const exact = this.#exact?.get(value);
    if (exact !== undefined) return exact;
    const place = ((this.#log ? sameLog(Number(value)) : Number(value)) - this.#low) / this.#span;
    return Math.min(MAX_BINS - 1, Math.max(0, Math.floor(place * MAX_BINS)));
  }

  /** The middle of a part. */
  #labelOf(at: number): string {
    const middle = this.#low + (this.#span * (at + 0.5)) / MAX_BINS;
    const value = this.#log ? sameExp(middle) : middle;
    return value >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
  }
}

function isGeometric(values: readonly number[]): boolean {
  const [first = 0, second = 0] = values;
  const last = values.at(-1)!;
  // The first step of an arithmetic row is its mean step. That of a geometric row is much smaller.
  return second - first < (0.5 * (last - first)) / (values.length - 1);
}
