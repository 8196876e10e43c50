import { invalidArgument } from '../../common/migration-error.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';
import { type Axis, axisOf, parseAxis } from './axis.js';
import { type Objective, type ObjectiveName, objectiveOf } from './objectives.js';
import type { AxisValue, ParameterName } from './parameters.js';
import { checkPlan, type Sampling, type SweepPlan } from './plan.js';

/** The choices of a user, in the words of `pageferry sim sweep`. */
export interface SweepChoice {
  readonly profile: HardwareProfile;
  /** The texts of `--vary`. */
  readonly vary: readonly string[];
  /** Parameters with an option of their own. One value is that of every cell, several are an axis. */
  readonly given: Readonly<Partial<Record<ParameterName, readonly AxisValue[]>>>;
  readonly sampling: Sampling;
  /** Cells of a sample. */
  readonly samples: number;
  /** Seed of a sample. */
  readonly seed: number;
  readonly objectives: readonly ObjectiveName[];
  /** The names of two axes. */
  readonly breakEven?: readonly [x: string, y: string] | undefined;
}

/** How errors call the fields in which a user chooses: the options of the command, or labels of the lab. */
export interface ChoiceFields {
  readonly vary: string;
  /** The field of the text `at` of {@link SweepChoice.vary}. */
  readonly axis: (at: number) => string;
  readonly parameter: Readonly<Record<ParameterName, string>>;
  readonly breakEven: string;
}

/** The sweep of a choice. */
export interface ChosenSweep {
  readonly plan: SweepPlan;
  readonly objectives: readonly Objective[];
  /** The places of the axes of the break-even surface. */
  readonly surface: readonly [x: number, y: number] | undefined;
}

export const DEFAULT_OBJECTIVES: readonly ObjectiveName[] = ['GBps', 'cpu', 'firstFolioNs'];
const OPERATION = 'sweep';

/** @throws MigrationError EINVAL, naming the field */
export function chooseSweep(choice: SweepChoice, fields: ChoiceFields): ChosenSweep {
  const { given, sampling, samples } = choice;
  const varied = choice.vary.map((text, at) => parseAxis(text, fields.axis(at)));
  const fieldOf = (name: string): string => {
    const at = varied.findIndex((axis) => axis.name === name);
    if (at !== -1) return `${fields.axis(at)} ${name}`;
    return Object.hasOwn(fields.parameter, name) ? fields.parameter[name as ParameterName] : name;
  };
  for (const { name } of varied) {
    if (Object.hasOwn(given, name)) {
      const other = fields.parameter[name as ParameterName];
      throw invalidArgument(OPERATION, fieldOf(name), `cannot be combined with ${other}`, 'Use one of them.');
    }
  }
  const entries = Object.entries(given) as [ParameterName, readonly AxisValue[]][];
  const axes: Axis[] = [
    ...entries.flatMap(([name, values]) =>
      values.length > 1 ? [axisOf(name, values, fields.parameter[name])] : [],
    ),
    ...varied,
  ];
  if (axes.length === 0) {
    throw invalidArgument(
      OPERATION,
      fields.vary,
      'nothing varies',
      `Add one such as ${fields.vary} dma.descriptorNs=500..20000:log8.`,
    );
  }
  const objectives = choice.objectives.map(objectiveOf);
  const surface =
    choice.breakEven === undefined ? undefined : surfaceOf(choice.breakEven, axes, fields.breakEven);
  const plan: SweepPlan = {
    profile: choice.profile,
    axes,
    fixed: Object.fromEntries(
      entries.flatMap(([name, values]) => (values.length === 1 ? [[name, values[0]!]] : [])),
    ),
    sampling,
    samples,
    // The same grid is the same sweep, whatever the seed.
    seed: sampling === 'grid' ? 1 : choice.seed,
    compared: surface !== undefined || objectives.some(({ compared }) => compared === true),
  };
  checkPlan(plan, fieldOf);
  return { plan, objectives, surface };
}

/**
 * The places of two axes.
 * @param field The field that names them.
 * @throws MigrationError EINVAL
 */
export function surfaceOf(
  names: readonly [x: string, y: string],
  axes: readonly Axis[],
  field: string,
): readonly [x: number, y: number] {
  const [x, y] = names.map((name) => {
    const at = axes.findIndex((axis) => axis.name === name);
    if (at === -1) {
      const known = axes.map((axis) => axis.name).join(', ');
      throw invalidArgument(OPERATION, field, `'${name}' does not vary`, `Use two of ${known}.`);
    }
    return at;
  }) as [number, number];
  if (x === y) {
    throw invalidArgument(OPERATION, field, `needs two different axes, not '${names[0]}' twice`);
  }
  return [x, y];
}
