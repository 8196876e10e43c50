import type { CopyMode } from '../../mm/copy-mode.js';
import type { SimMigrator } from '../../sim/experiments/move.js';
import {
  type ChoiceFields,
  type ChosenSweep,
  chooseSweep,
  DEFAULT_OBJECTIVES,
} from '../../sim/sweep/choose.js';
import { OBJECTIVES, type ObjectiveName } from '../../sim/sweep/objectives.js';
import type { AxisValue, ParameterName } from '../../sim/sweep/parameters.js';
import type { Sampling } from '../../sim/sweep/plan.js';
import { type ProfileFlags, profileOf } from './profile-option.js';

export interface SamplePlan {
  readonly sampling: Sampling;
  readonly samples: number;
}

export interface PlanFlags extends ProfileFlags {
  readonly vary?: readonly string[];
  readonly folio?: readonly number[];
  readonly migrator?: readonly SimMigrator[];
  readonly channels?: readonly number[];
  readonly threads?: readonly number[];
  readonly bytes?: number;
  readonly batchBytes?: number;
  readonly depth?: number;
  readonly copyMode?: readonly CopyMode[];
  readonly cutoverPages?: number;
  readonly hogs?: number;
  readonly sample?: SamplePlan;
  readonly seed?: number;
  readonly objective?: readonly ObjectiveName[];
  readonly breakEven?: readonly [x: string, y: string];
}

/** The flag that sets a parameter without `--vary`. */
const FLAGS = {
  folio: '--folio',
  migrator: '--migrator',
  channels: '--channels',
  threads: '--threads',
  bytes: '--bytes',
  batch: '--batch-bytes',
  depth: '--depth',
  copyMode: '--copy-mode',
  cutoverPages: '--cutover-pages',
  hogs: '--hogs',
} as const satisfies Record<ParameterName, string>;

const FIELDS: ChoiceFields = {
  vary: '--vary',
  axis: () => '--vary',
  parameter: FLAGS,
  breakEven: '--break-even',
};

/** The sweep that the flags describe. @throws UsageError, and MigrationError EINVAL, naming the flag */
export function chosenSweep(flags: PlanFlags): ChosenSweep {
  const { vary = [], sample, seed = 1, objective = DEFAULT_OBJECTIVES, breakEven } = flags;
  const { sampling, samples } = sample ?? { sampling: 'grid', samples: 0 };
  const choice = {
    vary,
    given: givenValues(flags),
    sampling,
    samples,
    seed,
    objectives: objective,
    breakEven,
  };
  return chooseSweep({ ...choice, profile: profileOf(flags) }, FIELDS);
}

/** The values of the flags, by parameter, in the order of the parameters. */
function givenValues(flags: PlanFlags): Partial<Record<ParameterName, readonly AxisValue[]>> {
  const { folio, migrator, channels, threads, bytes, batchBytes, depth, copyMode, cutoverPages, hogs } =
    flags;
  const one = (value: number | undefined): readonly number[] | undefined =>
    value === undefined ? undefined : [value];
  const all: Record<ParameterName, readonly AxisValue[] | undefined> = {
    folio,
    migrator,
    channels,
    threads,
    bytes: one(bytes),
    batch: one(batchBytes),
    depth: one(depth),
    copyMode,
    cutoverPages: one(cutoverPages),
    hogs: one(hogs),
  };
  return Object.fromEntries(Object.entries(all).filter(([, values]) => values !== undefined));
}

export const OBJECTIVE_NAMES: readonly ObjectiveName[] = OBJECTIVES.map(({ name }) => name);
