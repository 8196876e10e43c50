import { type ModelFigures, modelNs } from './model-time.js';
import { longRows, type MoveSample } from './move-sample.js';
import { patternSearch } from './pattern-search.js';

/** The rate of a longer migration is that of one this long. */
const ENOUGH_BYTES = 16 * 2 ** 20;
/** Weight of a figure's distance from its own measurement, beside the errors of the rows. */
const LOYALTY = 0.05;
/** Of the refined figures, the first ones have measurements of their own. The others are rates. */
const OWN_FIGURES = 6;

/**
 * Fits two rates to the migrations through channels and threads. A rate that is measured alone does not fit, because copying
 * and moving pages slow each other down and share processors.
 * @param figures All others. The search begins at its rates.
 */
export function fitOffload(samples: readonly MoveSample[], figures: ModelFigures): ModelFigures {
  const rows = samples.filter(({ migrator }) => migrator !== 'baseline');
  if (rows.length === 0) return figures;
  const start = [figures.dma.farGBps, figures.memory.copyGBps];
  const [channel, memory] = patternSearch(start, (rates) =>
    squaredError(rows, withRates(figures, rates[0]!, rates[1]!)),
  );
  return withRates(figures, channel!, memory!);
}

/**
 * Changes the figures so that they fit the long rows best as a whole. The times of the phases do not add up to the time of
 * the migration, above all if copying threads share processors with the migrating one.
 */
export function refine(samples: readonly MoveSample[], figures: ModelFigures): ModelFigures {
  const rows = longRows(samples);
  const measured = refined(figures);
  const errorOf = (tried: readonly number[]) => {
    const away = tried.map((x, i) => (x > 0 && i < OWN_FIGURES ? Math.log(x / measured[i]!) ** 2 : 0));
    const mean = away.reduce((sum, each) => sum + each, 0) / tried.length;
    return squaredError(rows, withRefined(figures, tried)) + LOYALTY * mean;
  };
  // Slow copies and slow moves explain the same times. So the search starts from both, and the better result counts.
  const found = [measured, refined(fitOffload(samples, figures))].map((start) => {
    const numbers = patternSearch(start, errorOf);
    return { numbers, error: errorOf(numbers) };
  });
  const best = found.reduce((min, each) => (each.error < min.error ? each : min));
  return withRefined(figures, best.numbers);
}

/** Mean relative error of the modelled times of these rows, 0 to 1. */
export function meanError(rows: readonly MoveSample[], figures: ModelFigures): number {
  return rows.reduce((sum, row) => sum + Math.abs(errorOf(row, figures)), 0) / rows.length;
}

function squaredError(rows: readonly MoveSample[], figures: ModelFigures): number {
  return rows.reduce((sum, row) => sum + errorOf(row, figures) ** 2, 0) / rows.length;
}

function errorOf(row: MoveSample, figures: ModelFigures): number {
  return Math.log(longNs(row, figures) / row.durationNs);
}

/** The time of a long migration, extrapolated from shorter ones. */
function longNs(row: MoveSample, figures: ModelFigures): number {
  // The cold start ends before this.
  const enough = Math.max(ENOUGH_BYTES, figures.cpu.coldMiB * 2 ** 20);
  if (row.bytes <= 2 * enough) return modelNs(figures, row);
  const once = modelNs(figures, { ...row, bytes: enough });
  const twice = modelNs(figures, { ...row, bytes: 2 * enough });
  return once + ((twice - once) * (row.bytes - enough)) / enough;
}

function withRates(figures: ModelFigures, channel: number, memory: number): ModelFigures {
  return {
    ...figures,
    memory: { ...figures.memory, copyGBps: memory },
    dma: { ...figures.dma, nearGBps: channel, farGBps: channel },
  };
}

function refined({ cpu, memory, dma }: ModelFigures): number[] {
  const { folioNs, pageNs, pmdNs, flushNs, copyCallNs, copyGBps } = cpu;
  return [folioNs, pageNs, pmdNs, flushNs, copyCallNs, copyGBps, dma.farGBps, memory.copyGBps];
}

function withRefined(figures: ModelFigures, numbers: readonly number[]): ModelFigures {
  const [folioNs, pageNs, pmdNs, flushNs, copyCallNs, copyGBps, channel, memory] = numbers as Refined;
  const cpu = { ...figures.cpu, folioNs, pageNs, pmdNs, flushNs, copyCallNs, copyGBps };
  return withRates({ ...figures, cpu }, channel, memory);
}

type Refined = [number, number, number, number, number, number, number, number];
