import type { HardwareProfile, ProfileUncertainty } from '../profile/hardware-profile.js';
import { figureOf } from '../profile/with-figures.js';
import { type ClosedCell, type ClosedProfile, closedNs } from './closed-form.js';
import { dot, times } from './matrix.js';
import { replaced } from './priors.js';

/** A prediction is between the two with a probability of 90 %. */
export interface PredictionInterval {
  readonly low: number;
  readonly high: number;
}

/** Standard deviations on each side of the middle 90 % of a normal distribution. */
const SIDES = 1.6449;
/** Step of a derivative, in the logarithm of a figure. */
const STEP = 0.01;

/** The derivatives of the logarithm of `of` by the logarithms of the figures at `paths`. */
export function gradient(
  profile: ClosedProfile,
  paths: readonly string[],
  values: ArrayLike<number>,
  of: (profile: ClosedProfile) => number,
): Float64Array {
  return Float64Array.from(paths, (path, i) => {
    const [more, less] = [1, -1].map((sign) =>
      of(replaced(profile, [path], [values[i]! * Math.exp(sign * STEP)])),
    );
    return Math.log(more! / less!) / (2 * STEP);
  });
}

/** Standard deviation of the logarithm of a cell's time, by the figures alone and with the error of the model. */
function deviation(profile: HardwareProfile, cell: ClosedCell, uncertainty: ProfileUncertainty): number {
  const { figures, covariance, model } = uncertainty;
  const values = figures.map((path) => figureOf(profile, path));
  const by = gradient(profile, figures, values, (tried) => closedNs(tried, cell));
  return Math.sqrt(dot(by, times(covariance, by)) + model ** 2);
}

/** The interval of a throughput. Undefined for a profile whose figures have no uncertainty. */
export function predictionInterval(
  profile: HardwareProfile,
  cell: ClosedCell,
  GBps: number,
): PredictionInterval | undefined {
  const { uncertainty } = profile;
  return uncertainty && intervalOf(GBps, deviation(profile, cell, uncertainty));
}

/** @param spread standard deviation of the logarithm. */
export function intervalOf(value: number, spread: number): PredictionInterval {
  const factor = Math.exp(SIDES * spread);
  return { low: value / factor, high: value * factor };
}
