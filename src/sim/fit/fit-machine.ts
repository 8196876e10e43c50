import type { HardwareProfile, ProfileUncertainty } from '../profile/hardware-profile.js';
import { figureOf } from '../profile/with-figures.js';
import { checkFigures, withoutRepeats } from './check-figures.js';
import { type ClosedCell, type ClosedProfile, cellKey, closedNs, closedTime } from './closed-form.js';
import type { FigureMetric, MeasuredFigure } from './figures-csv.js';
import type { MachineSheet } from './machine-sheet.js';
import { dot, inverse, type SymmetricMatrix, times } from './matrix.js';
import { gradient, intervalOf, type PredictionInterval } from './prediction.js';
import { type Prior, replaced } from './priors.js';
import { sheetPriors, sheetProfile } from './sheet-profile.js';

/** A measured figure, and what the fitted machine says to it. */
export interface FittedFigure extends MeasuredFigure {
  readonly fitted: number;
}

/** A cell that is not measured yet. */
export interface NextCell {
  readonly cell: ClosedCell;
  /** Mean standard deviation of the predictions now, and if the cell were measured. In parts. */
  readonly now: number;
  readonly then: number;
}

export interface FittedMachine {
  readonly profile: HardwareProfile;
  readonly uncertainty: ProfileUncertainty;
  readonly priors: readonly Prior[];
  readonly figures: readonly FittedFigure[];
  /** Mean of the absolute relative errors of the figures. */
  readonly meanError: number;
  /** Sentences about figures that the machine does not explain, and about assumptions. */
  readonly doubts: readonly string[];
  /** The cells that would narrow the predictions most, the best first. */
  readonly next: readonly NextCell[];
}

/**
 * Error of the model where all figures are right. The published tables of the machine that it knows best have 4 % in
 * the mean. So many cells as the second number would have to say something else to be believed as much.
 */
const MODEL_ERROR = 0.06;
const MODEL_CELLS = 6;
/** Degrees of freedom of the errors: a figure that is far off counts less (Student's t). */
const TAIL = 4;
const ROUNDS = 4;
const STEPS = 60;
const NEXT = 3;
/** A figure is doubted if it is so many standard errors off, or off by such a factor. */
const FAR_OFF = 2.5;
const WRONG_UNIT = 3;
const UNITS: Readonly<Record<FigureMetric, string>> = {
  GBps: 'GB/s',
  copyGBps: 'GB/s',
  copyShare: 'a part of 1',
  latencyNs: 'ns',
};

/**
 * The most probable machine for its data sheet and some figures: a Gauss-Newton search for the logarithms of the
 * figures of the profile, whose priors come from physics and the sheet. It has no random part.
 * @throws MigrationError EINVAL for a figure that the machine of the data sheet cannot have.
 */
export function fitMachine(sheet: MachineSheet, measured: readonly MeasuredFigure[]): FittedMachine {
  checkFigures(sheet, measured);
  const figures = withoutRepeats(measured);
  const priors = sheetPriors(sheet);
  const paths = priors.map(({ path }) => path);
  let logs = priors.map((prior) => Math.log(medianOf(prior, priors)));
  const given = replaced(sheetProfile(sheet), paths, logs.map(Math.exp));
  let model = MODEL_ERROR;
  let covariance: SymmetricMatrix = new Float64Array(0);
  for (let round = 0; round < ROUNDS; round++) {
    const found = search(given, priors, figures, logs, model);
    ({ logs, covariance } = found);
    const sum = figures.reduce(
      (total, figure, i) => total + found.weights[i]! * residual(found.profile, figure) ** 2,
      0,
    );
    model = Math.sqrt((MODEL_CELLS * MODEL_ERROR ** 2 + sum) / (MODEL_CELLS + figures.length));
  }
  const profile = replaced(given, paths, logs.map(Math.exp));
  const uncertainty = { figures: paths, covariance, model };
  const fitted = measured.map((figure) => ({ ...figure, fitted: predicted(profile, figure) }));
  const errors = fitted.map((figure) => Math.abs(figure.fitted / figure.value - 1));
  return {
    profile: { ...profile, uncertainty },
    uncertainty,
    priors,
    figures: fitted,
    meanError: errors.reduce((total, error) => total + error, 0) / errors.length,
    doubts: doubtsOf(sheet, fitted, model),
    next: nextCells(profile, uncertainty, figures),
  };
}

function doubtsOf(sheet: MachineSheet, figures: readonly FittedFigure[], model: number): string[] {
  const doubts = figures.flatMap(({ line, metric, value, fitted, error }) => {
    const off = Math.abs(Math.log(fitted / value));
    if (off <= FAR_OFF * Math.sqrt(error ** 2 + model ** 2) && off <= Math.log(WRONG_UNIT)) return [];
    const unit = off > Math.log(WRONG_UNIT) ? ` Check its unit, which is ${UNITS[metric]}.` : '';
    return [`line ${line}: no machine near this one has this figure, so it counts less.${unit}`];
  });
  const { dma } = sheet;
  if (dma !== undefined && dma.engineChannels === undefined && dma.channels > 1) {
    doubts.push('dma.engineChannels is not in the data sheet: two channels are taken to share an engine');
  }
  return doubts;
}

/** The value of the closed form for a figure. */
export function predicted(
  profile: ClosedProfile,
  { metric, cell }: Pick<MeasuredFigure, 'metric' | 'cell'>,
): number {
  const { overNs, copyNs } = closedTime(profile, cell);
  const bytes = cell.folio * cell.folios;
  if (metric === 'copyGBps') return bytes / copyNs;
  if (metric === 'copyShare') return copyNs / (overNs + copyNs);
  return metric === 'latencyNs' ? overNs + copyNs : bytes / (overNs + copyNs);
}

function residual(profile: ClosedProfile, figure: MeasuredFigure): number {
  return Math.log(predicted(profile, figure) / figure.value);
}

/** The median of a figure before anything is measured. */
function medianOf({ median, of }: Prior, priors: readonly Prior[]): number {
  const base = priors.find(({ path }) => path === of);
  return base === undefined ? median : median * medianOf(base, priors);
}

/** Where the middle 90 % of a figure is before anything is measured. */
export function intervalBefore(prior: Prior, priors: readonly Prior[]): PredictionInterval {
  const base = priors.find(({ path }) => path === prior.of);
  return intervalOf(medianOf(prior, priors), Math.hypot(prior.spread, base?.spread ?? 0));
}

interface Found {
  readonly profile: HardwareProfile;
  readonly logs: number[];
  readonly covariance: SymmetricMatrix;
  /** Weight of each figure, 0 to 1.25: less for one that no machine near this one explains. */
  readonly weights: readonly number[];
}

function search(
  given: HardwareProfile,
  priors: readonly Prior[],
  figures: readonly MeasuredFigure[],
  start: readonly number[],
  model: number,
): Found {
  const paths = priors.map(({ path }) => path);
  const n = paths.length;
  const at = (logs: readonly number[]): HardwareProfile => replaced(given, paths, logs.map(Math.exp));
  const sizeOf = (figure: MeasuredFigure): number => Math.sqrt(figure.error ** 2 + model ** 2);
  const costOf = (logs: readonly number[]): number => {
    const profile = at(logs);
    const measured = figures.reduce((sum, figure) => {
      const r = residual(profile, figure) / sizeOf(figure);
      return sum + (TAIL + 1) * Math.log1p(r ** 2 / TAIL);
    }, 0);
    return priors.reduce((sum, { spread }, i) => sum + (offBy(logs, i) / spread) ** 2, measured);
  };
  /** The figure that a prior is relative to, or -1. */
  const base = priors.map(({ of }) => (of === undefined ? -1 : paths.indexOf(of)));
  const offBy = (logs: readonly number[], i: number): number =>
    logs[i]! - Math.log(priors[i]!.median) - (base[i]! < 0 ? 0 : logs[base[i]!]!);
  let logs = [...start];
  let cost = costOf(logs);
  let damping = 1e-3;
  for (let step = 0; step < STEPS && damping < 1e9; step++) {
    const { hessian, slope } = normal(logs);
    for (let i = 0; i < n; i++) hessian[i * n + i]! *= 1 + damping;
    const move = times(inverse(hessian, n), slope);
    // A figure changes by at most the factor e in a step.
    const tried = logs.map((log, i) => log - Math.max(-1, Math.min(1, move[i]!)));
    const there = costOf(tried);
    if (there < cost) {
      const gain = cost - there;
      logs = tried;
      cost = there;
      damping = Math.max(1e-9, damping / 5);
      if (gain < 1e-10) break;
    } else {
      damping *= 4;
    }
  }
  const { hessian, weights } = normal(logs);
  return { profile: at(logs), logs, covariance: inverse(hessian, n), weights };

  /** The normal equations at a point, with the figures weighted by how well they fit. */
  function normal(point: readonly number[]) {
    const profile = at(point);
    const values = point.map(Math.exp);
    const curvature = new Float64Array(n * n);
    const descent = new Float64Array(n);
    for (const [i, { spread }] of priors.entries()) {
      const precision = spread ** -2;
      const slope = offBy(point, i) * precision;
      const of = base[i]!;
      curvature[i * n + i]! += precision;
      descent[i]! += slope;
      if (of < 0) continue;
      curvature[of * n + of]! += precision;
      curvature[i * n + of]! -= precision;
      curvature[of * n + i]! -= precision;
      descent[of]! -= slope;
    }
    const weighted = figures.map((figure) => {
      const r = residual(profile, figure);
      const weight = (TAIL + 1) / (TAIL + (r / sizeOf(figure)) ** 2);
      const precision = weight / sizeOf(figure) ** 2;
      const by = gradient(profile, paths, values, (tried) => predicted(tried, figure));
      for (let i = 0; i < n; i++) {
        descent[i]! += precision * by[i]! * r;
        for (let j = 0; j < n; j++) curvature[i * n + j]! += precision * by[i]! * by[j]!;
      }
      return weight;
    });
    return { hessian: curvature, slope: descent, weights: weighted };
  }
}

/** The cells of `sim move` with this machine that are worth a prediction. */
function usualCells({ cpu, dma }: HardwareProfile): ClosedCell[] {
  const folios = [4096, 65_536, 2 ** 20, 2 ** 21];
  const doubled = (max: number): number[] => [1, 2, 4, 8, 16].filter((count) => count <= max);
  const movers: Pick<ClosedCell, 'migrator' | 'channels' | 'threads'>[] = [
    { migrator: 'baseline' },
    ...doubled(cpu.cpus).map((threads) => ({ migrator: 'mtcopy' as const, threads })),
    ...doubled(dma.channels).map((channels) => ({ migrator: 'dcbm' as const, channels })),
  ];
  return movers.flatMap((mover) => [
    ...folios.map((folio) => ({ ...mover, folio, folios: 2 ** 30 / folio })),
    { ...mover, folio: 2 ** 21, folios: 1 },
  ]);
}

/** The effect of one more measurement, of each usual cell, on the predictions of all of them. */
function nextCells(
  profile: HardwareProfile,
  uncertainty: ProfileUncertainty,
  figures: readonly MeasuredFigure[],
): NextCell[] {
  const { figures: paths, covariance, model } = uncertainty;
  const values = paths.map((path) => figureOf(profile, path));
  const cells = usualCells(profile);
  const gradients = cells.map((cell) => gradient(profile, paths, values, (tried) => closedNs(tried, cell)));
  const spreads = gradients.map((by) => dot(by, times(covariance, by)));
  const mean = (squares: readonly number[]): number =>
    squares.reduce((sum, square) => sum + Math.sqrt(square + model ** 2), 0) / squares.length;
  const now = mean(spreads);
  const known = new Set(figures.map(({ metric, cell }) => (metric === 'GBps' ? cellKey(cell) : '')));
  const found = cells.flatMap((cell, i): NextCell[] => {
    if (known.has(cellKey(cell))) return [];
    const towards = times(covariance, gradients[i]!);
    // A measurement has the error of the model, and about as much of its own.
    const seen = spreads[i]! + 2 * model ** 2;
    const then = mean(gradients.map((by, k) => spreads[k]! - dot(by, towards) ** 2 / seen));
    return [{ cell, now, then }];
  });
  return found.sort((a, b) => a.then - b.then).slice(0, NEXT);
}
