import { RandomStream } from '../../src/common/random.js';
import { PRIORS, replaced } from '../../src/sim/fit/priors.js';
import type { HardwareProfile } from '../../src/sim/profile/hardware-profile.js';
import { closedCompaction } from './closed-compaction.js';
import {
  meanAbsolute,
  PUBLISHED_TABLES,
  type PublishedCell,
  type PublishedTable,
} from './published-cells.js';

/** The fitted figures of the profile, and where the search begins: what is known without a measurement. */
const START: Readonly<Record<string, number>> = {
  ...Object.fromEntries(PRIORS.map(({ path, median }) => [path, median])),
  'compaction.scanNs': 600,
  'cpu.loopsPerSecond': 3.7e9,
};
/** Figures of the data sheet and of the published measurement of one CCD. */
const GIVEN = ['topology.linkGBps', 'topology.domainGBps', 'memory.copyGBps'];

export const FITTED: readonly string[] = Object.keys(START).filter((path) => !GIVEN.includes(path));

/** The seed of the profile in the package. */
export const SEED = 3;

const WEIGHTS: Readonly<Record<PublishedTable, number>> = {
  move: 0.55,
  batch: 0.25,
  compaction: 0.15,
  mtcopy: 0.05,
};
/** Beyond this an error counts much more. In the compaction table offload must keep its sign, so it is less there. */
const LIMIT = 0.148;
const COMPACTION_LIMIT = 0.12;
const BEYOND = 0.4;
/** On a busy system offload has to be the faster one by this. */
const BUSY_GAIN = 0.995;
/** Weight of the distance from the prior. It decides only where the cells do not. */
const PRIOR_WEIGHT = 0.00005;

function loss(profile: HardwareProfile, values: readonly number[], cells: readonly PublishedCell[]): number {
  let sum = 0;
  for (const table of PUBLISHED_TABLES) {
    const errors = cells.filter((cell) => cell.table === table).map(({ error }) => Math.abs(error(profile)));
    if (errors.length === 0) continue;
    const limit = table === 'compaction' ? COMPACTION_LIMIT : LIMIT;
    sum += WEIGHTS[table] * meanAbsolute(errors);
    for (const error of errors) sum += BEYOND * Math.max(0, error - limit);
  }
  for (const [i, path] of FITTED.entries()) {
    const spread = PRIORS.find((prior) => prior.path === path)?.spread ?? 1;
    sum += PRIOR_WEIGHT * (Math.log(values[i]! / START[path]!) / spread) ** 2;
  }
  const gain = closedCompaction(profile, true, true).wallMs / closedCompaction(profile, false, true).wallMs;
  return sum + 3 * Math.max(0, gain - BUSY_GAIN);
}

/**
 * The profile whose mean absolute error is least, without errors beyond the limit if possible: a random walk downhill
 * whose steps become smaller, several times from the same start. The same seed finds the same.
 * @param given the profile with the figures that are not fitted.
 */
export function fit(
  given: HardwareProfile,
  cells: readonly PublishedCell[],
  seed: number,
  walks = 4,
  steps = 40_000,
): HardwareProfile {
  const numbers = new RandomStream(seed);
  const random = (): number => numbers.next() / 2 ** 32;
  const pick = (): number => Math.floor(random() * FITTED.length);
  const start = FITTED.map((path) => START[path]!);
  let best = given;
  let min = Number.POSITIVE_INFINITY;
  for (let walk = 0; walk < walks; walk++) {
    let at = start;
    let profile = replaced(given, FITTED, at);
    let here = loss(profile, at, cells);
    for (let step = 0; step < steps; step++) {
      const size = 0.3 * (1 - step / steps) ** 2 + 0.002;
      const next = [...at];
      next[pick()]! *= Math.exp(1.5 * size * (2 * random() - 1));
      if (random() < 0.4) next[pick()]! *= Math.exp(size * (2 * random() - 1));
      const tried = replaced(given, FITTED, next);
      const there = loss(tried, next, cells);
      if (there >= here) continue;
      at = next;
      profile = tried;
      here = there;
    }
    if (here >= min) continue;
    min = here;
    best = profile;
  }
  return best;
}
