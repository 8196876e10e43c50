import { describe } from '../../common/describe-value.js';
import { invalidArgument, MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';
import type { MoveCell, MoveSettings } from '../experiments/move.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';
import { figureOf, withFigures } from '../profile/with-figures.js';
import { type Axis, valueAt } from './axis.js';
import { type AxisValue, isParameter, type ParameterName, showAxisValue } from './parameters.js';
import { hash32, partOf, permuted } from './scatter.js';

/** How cells are chosen: all combinations, or a number of samples. */
export const SAMPLINGS = ['grid', 'random', 'latin'] as const;
export type Sampling = (typeof SAMPLINGS)[number];

/** The value of every parameter of a cell. Those that are absent have the defaults of `sim move`. */
export type CellValues = Readonly<Partial<Record<ParameterName, AxisValue>>>;

/** A whole sweep, as plain data: a worker on another machine computes the same cells from it. */
export interface SweepPlan {
  /** The machine. Figures that are axes replace its own. */
  readonly profile: HardwareProfile;
  /** Dimensions. In a grid the last one changes first. */
  readonly axes: readonly Axis[];
  /** Parameters that every cell has. */
  readonly fixed: CellValues;
  readonly sampling: Sampling;
  /** Cells of a sample. */
  readonly samples: number;
  /** Seed of the sample. */
  readonly seed: number;
  /** Every cell is compared with the same cell without a migrator. */
  readonly compared: boolean;
}

/** The cells of a plan, whatever the machine. */
export type SweepSpace = Omit<SweepPlan, 'profile'>;

/** One cell of a plan. */
export interface PlannedCell {
  /** The values of the axes, in their order. */
  readonly values: readonly AxisValue[];
  readonly cell: MoveCell;
  readonly settings: MoveSettings;
}

/** The number of a cell has to fit the words that choose it. */
const MAX_CELLS = 2 ** 31 - 1;
const OPERATION = 'sweep';
/** Parameters of a cell that are not given. */
export const CELL_DEFAULTS = { folio: 2 ** 21, bytes: 2 ** 28, migrator: 'dcbm' } as const;

/** The number of cells. */
export function countCells({ axes, sampling, samples }: SweepSpace): number {
  if (sampling !== 'grid') return samples;
  return axes.reduce((product, { levels = [] }) => product * levels.length, 1);
}

/** The arguments that the errors of a plan name: the text that the user wrote for each axis. */
export type AxisArguments = (name: string) => string;

/**
 * Checks what can be checked before anything runs. Cells that only some combinations make impossible are not refused: their
 * rows have the problem.
 * @throws MigrationError EINVAL
 */
export function checkPlan(plan: SweepPlan, argumentOf: AxisArguments): void {
  const { axes, fixed, sampling, profile } = plan;
  for (const [at, axis] of axes.entries()) {
    const argument = argumentOf(axis.name);
    const fail = (problem: string, advice: string): never => {
      throw invalidArgument(OPERATION, argument, problem, advice);
    };
    if (axes.findIndex(({ name }) => name === axis.name) !== at || Object.hasOwn(fixed, axis.name)) {
      fail('is given twice', 'Give each name once.');
    }
    if (sampling === 'grid' && axis.levels === undefined) {
      const { min, max } = axis.range!;
      const [from, to] = [showAxisValue(axis.name, min), showAxisValue(axis.name, max)];
      fail(
        `a grid needs the number of values of ${from}..${to}`,
        `Write ${from}..${to}:8, or :log8, or use a sample (--sample latin:1000).`,
      );
    }
    if (!isParameter(axis.name)) checkFigureAxis(profile, axis, argument);
  }
  const cells = countCells(plan);
  if (cells > MAX_CELLS) {
    throw invalidArgument(
      OPERATION,
      argumentOf(axes[0]!.name),
      `the grid has ${cells.toExponential(1)} cells, more than ${MAX_CELLS}`,
      'Use fewer values, or a sample (--sample latin:100000).',
    );
  }
  checkChannels(plan, argumentOf);
  checkBytes(plan, argumentOf);
}

function checkFigureAxis(profile: HardwareProfile, { name, levels, range }: Axis, argument: string): void {
  const ends = levels ?? [range!.min, range!.max];
  for (const end of ends) {
    try {
      withFigures(profile, { [name]: Number(end) });
    } catch (error) {
      if (!(error instanceof MigrationError)) throw error;
      throw invalidArgument(OPERATION, argument, error.problem, error.advice);
    }
  }
}

/** All values that a parameter can have in this plan; the ends for a range. */
function valuesOf({ axes, fixed }: SweepPlan, name: ParameterName): readonly AxisValue[] {
  const axis = axes.find((each) => each.name === name);
  if (axis !== undefined) return axis.levels ?? [axis.range!.min, axis.range!.max];
  const value = fixed[name];
  return value === undefined ? [] : [value];
}

function checkChannels(plan: SweepPlan, argumentOf: AxisArguments): void {
  const wanted = Math.max(0, ...valuesOf(plan, 'channels').map(Number));
  // A cell with fewer channels in its own profile has the problem in its row.
  if (plan.axes.some(({ name }) => name === 'dma.channels')) return;
  const has = figureOf(plan.profile, 'dma.channels');
  if (wanted <= has) return;
  throw invalidArgument(
    OPERATION,
    argumentOf('channels'),
    `must be at most ${has}, the dma.channels of profile ${plan.profile.name}, not ${wanted}`,
    `Use fewer, or --set dma.channels=${wanted}.`,
  );
}

function checkBytes(plan: SweepPlan, argumentOf: AxisArguments): void {
  const sizes = valuesOf(plan, 'bytes').map(Number);
  const folios = valuesOf(plan, 'folio').map(Number);
  const largest = Math.max(...(folios.length === 0 ? [CELL_DEFAULTS.folio] : folios));
  const node = figureOf(plan.profile, 'memory.nodePages') * PAGE_SIZE;
  const nodeVaries = plan.axes.some(({ name }) => name === 'memory.nodePages');
  for (const bytes of sizes.length === 0 ? [CELL_DEFAULTS.bytes] : sizes) {
    if (bytes % largest !== 0) {
      throw invalidArgument(
        OPERATION,
        argumentOf('bytes'),
        `${formatSize(bytes)} is not a multiple of the folio of ${formatSize(largest)}`,
        'Use multiples of the largest folio.',
      );
    }
    if (bytes > node && !nodeVaries) {
      throw invalidArgument(
        OPERATION,
        argumentOf('bytes'),
        `${formatSize(bytes)} do not fit a node of ${formatSize(node)}`,
        'Use fewer, or a larger memory.nodePages.',
      );
    }
  }
}

/** The values of the axes in cell `index`. No other cell is needed for them. */
export function axisValuesAt(plan: SweepSpace, index: number): AxisValue[] {
  const { axes, sampling, samples, seed } = plan;
  if (sampling === 'grid') {
    const values: AxisValue[] = [];
    let rest = index;
    for (let at = axes.length - 1; at >= 0; at--) {
      const levels = axes[at]!.levels!;
      values[at] = levels[rest % levels.length]!;
      rest = Math.floor(rest / levels.length);
    }
    return values;
  }
  return axes.map((axis, at) => {
    const key = hash32(seed, at + 1);
    const part = partOf(key, index);
    return valueAt(axis, sampling === 'random' ? part : (permuted(key, index, samples) + part) / samples);
  });
}

/** Cell `index` of the plan. @throws MigrationError EINVAL for a cell that no machine can run. */
export function cellAt(plan: SweepPlan, index: number): PlannedCell {
  const values = axisValuesAt(plan, index);
  const figures: Record<string, number> = {};
  const given: Partial<Record<ParameterName, AxisValue>> = { ...plan.fixed };
  for (const [at, { name }] of plan.axes.entries()) {
    const value = values[at]!;
    if (isParameter(name)) given[name] = value;
    else figures[name] = Number(value);
  }
  return { values, ...moveOf(withFigures(plan.profile, figures), given) };
}

/** The migration of these values. A parameter without an effect on it is left out, so that equal cells are the same. */
function moveOf(profile: HardwareProfile, given: CellValues): Pick<PlannedCell, 'cell' | 'settings'> {
  const number = (name: ParameterName): number | undefined =>
    given[name] === undefined ? undefined : Number(given[name]);
  const { folio = CELL_DEFAULTS.folio, bytes = CELL_DEFAULTS.bytes } = {
    folio: number('folio'),
    bytes: number('bytes'),
  };
  const migrator = (given.migrator ?? CELL_DEFAULTS.migrator) as MoveCell['migrator'];
  const copyMode = (given.copyMode ?? 'exclusive') as NonNullable<MoveCell['copyMode']>;
  if (bytes % folio !== 0) {
    throw invalidArgument(
      OPERATION,
      'bytes',
      `${describe(bytes)} is not a multiple of the folio of ${folio} bytes`,
    );
  }
  const batch = number('batch');
  const cutoverPages = number('cutoverPages');
  const busyCpus = number('busyCpus') ?? 0;
  const { placement, mapping, pageTables } = given as Pick<MoveCell, 'placement' | 'mapping'> &
    Pick<MoveSettings, 'pageTables'>;
  return {
    cell: {
      folio,
      folios: bytes / folio,
      migrator,
      ...(migrator === 'dcbm' ? { channels: number('channels') ?? 1 } : {}),
      ...(migrator === 'mtcopy' ? { threads: number('threads') ?? 2 } : {}),
      ...(migrator === 'mtcopy' && placement === 'packed' ? { placement } : {}),
      ...(migrator === 'dcbm' && mapping === 'per-folio' ? { mapping } : {}),
      copyMode,
    },
    settings: {
      profile,
      // Of such a migration only when a helper on a busy processor starts depends on chance.
      seed: 1,
      words: 1,
      depth: number('depth') ?? 1,
      hogs: number('hogs') ?? 0,
      ...(batch === undefined ? {} : { batchPages: batch / PAGE_SIZE }),
      ...(migrator === 'mtcopy' && busyCpus > 0 ? { busyCpus } : {}),
      ...(pageTables === 'never' && profile.tables !== undefined ? { pageTables } : {}),
      ...(copyMode === 'write-protected' && cutoverPages !== undefined ? { cutoverPages } : {}),
    },
  };
}

/** The same cell without a migrator. */
export function baselineOf({
  cell,
  settings,
}: Pick<PlannedCell, 'cell' | 'settings'>): Pick<PlannedCell, 'cell' | 'settings'> {
  const { channels: _, threads: __, placement: ___, mapping: ____, ...rest } = cell;
  const { busyCpus: _____, ...others } = settings;
  // Without a migrator one batch is in flight at a time.
  return { cell: { ...rest, migrator: 'baseline' }, settings: { ...others, depth: 1 } };
}

/** The content of a cell, for its hash: all that its figures depend on, apart from the code. */
export function contentOf(
  { cell, settings }: Pick<PlannedCell, 'cell' | 'settings'>,
  compared: boolean,
): string {
  const { profile, ...rest } = settings;
  const { name: _, description: __, ...figures } = profile;
  return canonical({ cell, settings: rest, figures, compared });
}

/** The content of a plan, for its hash. */
export function contentOfPlan(plan: SweepPlan): string {
  return canonical(plan);
}

/** JSON with the names of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
