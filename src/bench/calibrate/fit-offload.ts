import { type ModelFigures, modelNs } from './model-time.js';
import { longRows, type MoveSample } from './move-sample.js';
import { patternSearch } from './pattern-search.js';

/** Migrations this long say what longer ones do. */
const ENOUGH_BYTES = 16 * 2 ** 20;
/** What it costs to move a figure away from what was measured by itself, beside the errors of the rows. */
const LOYALTY = 0.05;
/** Of the figures that are refined, so many come first that can be measured by themselves; the others are rates. */
const OWN_FIGURES = 6;

/**
 * Fits the two rates with which migrations through channels and threads take what they took. A rate measured by itself would
 * not do: who copies and who moves pages slow each other down, and share processors.
 * @param figures all others; its rates are where the search begins.
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
 * The same figures, changed so that the long rows come out best as a whole: what the phases took by themselves does not add
 * up to what all took, least where threads that copy and the one that moves pages share processors.
 */
export function refine(samples: readonly MoveSample[], figures: ModelFigures): ModelFigures {
  const rows = longRows(samples);
  const measured = refined(figures);
  const errorOf = (tried: readonly number[]) => {
    const away = tried.map((x, i) => (x > 0 && i < OWN_FIGURES ? Math.log(x / measured[i]!) ** 2 : 0));
    const mean = away.reduce((sum, each) => sum + each, 0) / tried.length;
    return squaredError(rows, withRefined(figures, tried)) + LOYALTY * mean;
  };
  // Whether copies or the moving of pages are what takes so long: from either side there is a best of its own.
  const found = [measured, refined(fitOffload(samples, figures))].map((start) => {
    const numbers = patternSearch(start, errorOf);
    return { numbers, error: errorOf(numbers) };
  });
  const best = found.reduce((min, each) => (each.error < min.error ? each : min));
  return withRefined(figures, best.numbers);
}

/** Mean relative error of the times that the figures give for these rows, 0 to 1. */
export function meanError(rows: readonly MoveSample[], figures: ModelFigures): number {
  return rows.reduce((sum, row) => sum + Math.abs(errorOf(row, figures)), 0) / rows.length;
}

function squaredError(rows: readonly MoveSample[], figures: ModelFigures): number {
  return rows.reduce((sum, row) => sum + errorOf(row, figures) ** 2, 0) / rows.length;
}

function errorOf(row: MoveSample, figures: ModelFigures): number {
  return Math.log(longNs(row, figures) / row.durationNs);
}

/** The time of a long migration, from that of a shorter one: what follows is like what came before. */
function longNs(row: MoveSample, figures: ModelFigures): number {
  // What is cold is past by then.
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
