import type { CopyMode } from '../../mm/copy-mode.js';
import type { SimMigrator } from '../../sim/experiments/move.js';
import { type Axis, axisOf, parseAxis } from '../../sim/sweep/axis.js';
import { OBJECTIVES, type Objective, type ObjectiveName, objectiveOf } from '../../sim/sweep/objectives.js';
import type { AxisValue, ParameterName } from '../../sim/sweep/parameters.js';
import { checkPlan, type Sampling, type SweepPlan } from '../../sim/sweep/plan.js';
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
  readonly sample?: SamplePlan;
  readonly seed?: number;
  readonly objective?: readonly ObjectiveName[];
  readonly breakEven?: readonly [x: string, y: string];
}

/** The sweep that the flags describe. */
export interface ChosenSweep {
  readonly plan: SweepPlan;
  readonly objectives: readonly Objective[];
  /** The places of the axes of the break-even surface. */
  readonly surface: readonly [x: number, y: number] | undefined;
}

const DEFAULT_OBJECTIVES: readonly ObjectiveName[] = ['GBps', 'cpu', 'firstFolioNs'];

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

/** @throws UsageError, and MigrationError EINVAL, naming the flag */
export function chosenSweep(flags: PlanFlags): ChosenSweep {
  const given = givenValues(flags);
  const varied = (flags.vary ?? []).map((text) => parseAxis(text, '--vary'));
  for (const { name } of varied) {
    const flag = Object.hasOwn(FLAGS, name) ? FLAGS[name as ParameterName] : undefined;
    if (Object.hasOwn(given, name)) {
      throw new UsageError(`--vary ${name}: cannot be combined with ${flag}. Use one of them`);
    }
  }
  const entries = Object.entries(given) as [ParameterName, readonly AxisValue[]][];
  const axes: Axis[] = [
    ...entries.flatMap(([name, values]) => (values.length > 1 ? [axisOf(name, values, FLAGS[name])] : [])),
    ...varied,
  ];
  if (axes.length === 0) {
    throw new UsageError('--vary: nothing varies. Add one such as --vary dma.descriptorNs=500..20000:log8');
  }
  const objectives = (flags.objective ?? DEFAULT_OBJECTIVES).map(objectiveOf);
  const surface = flags.breakEven === undefined ? undefined : surfaceOf(flags.breakEven, axes);
  const { sampling, samples } = flags.sample ?? { sampling: 'grid', samples: 0 };
  const plan: SweepPlan = {
    profile: profileOf(flags),
    axes,
    fixed: Object.fromEntries(
      entries.flatMap(([name, values]) => (values.length === 1 ? [[name, values[0]!]] : [])),
    ),
    sampling,
    samples,
    // The same grid is the same sweep, whatever the seed.
    seed: sampling === 'grid' ? 1 : (flags.seed ?? 1),
    compared: surface !== undefined || objectives.some(({ compared }) => compared === true),
  };
  checkPlan(plan, (name) => (varied.some((axis) => axis.name === name) ? `--vary ${name}` : flagOf(name)));
  return { plan, objectives, surface };
}

function flagOf(name: string): string {
  return Object.hasOwn(FLAGS, name) ? FLAGS[name as ParameterName] : `--vary ${name}`;
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

function surfaceOf(names: readonly [string, string], axes: readonly Axis[]): readonly [number, number] {
  const [x, y] = names.map((name) => {
    const at = axes.findIndex((axis) => axis.name === name);
    if (at === -1) {
      const known = axes.map((axis) => axis.name).join(', ');
      throw new UsageError(`--break-even: '${name}' does not vary. Use two of ${known}`);
    }
    return at;
  }) as [number, number];
  if (x === y) throw new UsageError(`--break-even: needs two different axes, not '${names[0]}' twice`);
  return [x, y];
}

export const OBJECTIVE_NAMES: readonly ObjectiveName[] = OBJECTIVES.map(({ name }) => name);
