import type { CopyMode } from '../../mm/copy-mode.js';
import type { DmaMapping } from '../../sim/dma/mapping.js';
import type { ThreadPlacement } from '../../sim/dma/placement.js';
import type { SimMigrator } from '../../sim/experiments/move.js';
import type { SimTableMode } from '../../sim/machine/table-moves.js';
import {
  type ChoiceFields,
  type ChosenSweep,
  chooseSweep,
  DEFAULT_OBJECTIVES,
} from '../../sim/sweep/choose.js';
import { OBJECTIVES, type ObjectiveName } from '../../sim/sweep/objectives.js';
import { type AxisValue, PARAMETER_FLAGS, type ParameterName } from '../../sim/sweep/parameters.js';
import type { Sampling } from '../../sim/sweep/plan.js';
import { UsageError } from '../ui/errors.js';
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
  readonly busyCpus?: number;
  readonly placement?: ThreadPlacement;
  readonly mapping?: DmaMapping;
  readonly pageTables?: SimTableMode;
  readonly sample?: SamplePlan;
  readonly seed?: number;
  readonly objective?: readonly ObjectiveName[];
  readonly breakEven?: readonly [x: string, y: string];
}

const FIELDS: ChoiceFields = {
  vary: '--vary',
  axis: () => '--vary',
  parameter: PARAMETER_FLAGS,
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
  const chosen = chooseSweep({ ...choice, profile: profileOf(flags) }, FIELDS);
  const both = chosen.plan.axes.find(({ name }) => Object.hasOwn(flags.set ?? {}, name));
  if (both !== undefined) {
    throw new UsageError(
      `--set: ${both.name} is varied, too, so its value would not count. Remove one of the two`,
    );
  }
  return chosen;
}

/** The values of the flags, by parameter, in the order of the parameters. */
function givenValues(flags: PlanFlags): Partial<Record<ParameterName, readonly AxisValue[]>> {
  const { folio, migrator, channels, threads, copyMode } = flags;
  const one = (value: AxisValue | undefined): readonly AxisValue[] | undefined =>
    value === undefined ? undefined : [value];
  const all: Record<ParameterName, readonly AxisValue[] | undefined> = {
    folio,
    migrator,
    channels,
    threads,
    bytes: one(flags.bytes),
    batch: one(flags.batchBytes),
    depth: one(flags.depth),
    copyMode,
    cutoverPages: one(flags.cutoverPages),
    hogs: one(flags.hogs),
    busyCpus: one(flags.busyCpus),
    placement: one(flags.placement),
    mapping: one(flags.mapping),
    pageTables: one(flags.pageTables),
  };
  return Object.fromEntries(Object.entries(all).filter(([, values]) => values !== undefined));
}

export const OBJECTIVE_NAMES: readonly ObjectiveName[] = OBJECTIVES.map(({ name }) => name);
