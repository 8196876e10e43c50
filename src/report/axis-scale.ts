import { type Chart, largest, smallest } from './chart.js';

/** Positions of values on an axis of length 1, and the values of its ticks. */
export interface AxisScale {
  /** 0 to 1. Undefined for values that the axis cannot show. */
  readonly place: (value: number) => number | undefined;
  readonly ticks: readonly number[];
}

const MAX_TICKS = 6;
/** On an axis with more decades, only every second or third has a tick. */
const MAX_DECADES = 6;

/** From 0, or for `log` from a power of ten, to the next round number above all values. */
export function axisScale(chart: Chart): AxisScale {
  return chart.scale === 'log' ? logarithmic(smallest(chart), largest(chart)) : linear(largest(chart));
}

function linear(max: number): AxisScale {
  const step = roundStep((max > 0 ? max : 1) / (MAX_TICKS - 1));
  const count = Math.max(1, Math.ceil((max > 0 ? max : 1) / step - 1e-9));
  const top = step * count;
  // Rounded to 12 digits, so that no tick shows 0.30000000000000004.
  const ticks = Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)));
  return { place: (value) => Math.max(0, value / top), ticks };
}

function logarithmic(min: number, max: number): AxisScale {
  const low = Math.floor(Math.log10(min));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(max, min)) - 1e-9));
  const every = Math.ceil((high - low) / MAX_DECADES);
  const ticks: number[] = [];
  for (let decade = low; decade <= high; decade += every) ticks.push(Number((10 ** decade).toPrecision(12)));
  return {
    place: (value) => (value > 0 ? Math.max(0, (Math.log10(value) - low) / (high - low)) : undefined),
    ticks,
  };
}

/** The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `min`. */
function roundStep(min: number): number {
  const decade = 10 ** Math.floor(Math.log10(min));
  return decade * [1, 2, 2.5, 5, 10].find((step) => step * decade >= min * (1 - 1e-9))!;
}
