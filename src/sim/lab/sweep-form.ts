import { invalidArgument } from '../../common/migration-error.js';
import type { CopyMode } from '../../mm/copy-mode.js';
import type { SimMigrator } from '../experiments/move.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';
import { figureOf, figureRange } from '../profile/with-figures.js';
import { rangeTextOf } from '../sweep/axis.js';
import { type ChoiceFields, type ChosenSweep, chooseSweep, type SweepChoice } from '../sweep/choose.js';
import type { ObjectiveName } from '../sweep/objectives.js';
import { describeDomain, domainOf, PARAMETERS, type ParameterName } from '../sweep/parameters.js';
import { CELL_DEFAULTS, countCells, type Sampling } from '../sweep/plan.js';

/** The name and the values of an axis, as typed. */
export interface AxisForm {
  readonly name: string;
  /** As behind the `=` of `--vary`. */
  readonly values: string;
}

/** The fields of a sweep in the lab. */
export interface SweepForm {
  readonly axes: readonly AxisForm[];
  readonly sampling: Sampling;
  /** Cells of a sample, as typed. */
  readonly samples: string;
  readonly objectives: readonly ObjectiveName[];
  /** Two axes, as `--break-even` has them. Other names have no surface. */
  readonly breakEven: string;
  /** Of every cell, unless an axis has it. */
  readonly folio: number;
  readonly migrator: SimMigrator;
  readonly bytes: number;
}

/** The settings of all panels that a sweep uses. */
export interface SweepMachine {
  readonly profile: HardwareProfile;
  readonly channels: number;
  readonly hogs: number;
  readonly copyMode: CopyMode;
  readonly seed: number;
}

/** A sweep in the lab, and the words in which it was chosen. */
export interface LabSweep extends ChosenSweep {
  readonly choice: SweepChoice;
}

/** Maximum cells in the lab. Larger sweeps are for the command, which has all processors and files. */
export const MAX_LAB_CELLS = 10_000;

/** Larger batches are faster, and their first folio comes later: the front has both. */
export const FIRST_SWEEP: SweepForm = {
  axes: [
    { name: 'channels', values: '1..16' },
    { name: 'batch', values: '2M..256M' },
  ],
  sampling: 'grid',
  samples: '1000',
  objectives: ['GBps', 'cpu', 'firstFolioNs'],
  breakEven: 'channels,batch',
  ...CELL_DEFAULTS,
};

/** The labels of the fields. Errors have them. */
export const SWEEP_LABELS = {
  axes: 'Axes',
  axis: (at: number): string => `Axis ${at + 1}`,
  cells: 'Cells of the sample',
  objectives: 'Objectives',
  breakEven: 'Break-even',
  folio: 'Folio',
  migrator: 'Migrator',
  bytes: 'Moved in a cell',
} as const;

const FIELDS: ChoiceFields = {
  vary: SWEEP_LABELS.axes,
  axis: SWEEP_LABELS.axis,
  parameter: {
    folio: SWEEP_LABELS.folio,
    migrator: SWEEP_LABELS.migrator,
    channels: 'DMA channels',
    threads: 'threads',
    bytes: SWEEP_LABELS.bytes,
    batch: 'batch',
    depth: 'depth',
    copyMode: 'Copy mode',
    cutoverPages: 'cutoverPages',
    hogs: 'Hogs',
    busyCpus: 'busyCpus',
    placement: 'placement',
    mapping: 'mapping',
    pageTables: 'pageTables',
  },
  breakEven: SWEEP_LABELS.breakEven,
};
const OPERATION = 'sweep';

/** The sweep of the fields. @throws MigrationError EINVAL, naming the field */
export function labSweep(form: SweepForm, machine: SweepMachine): LabSweep {
  const { axes, sampling, objectives } = form;
  checkObjectives(objectives);
  const names = axes.map(({ name }) => name);
  const choice: SweepChoice = {
    profile: machine.profile,
    vary: axes.map(({ name, values }) => `${name}=${values.trim()}`),
    given: givenValues(form, machine),
    sampling,
    samples: sampling === 'grid' ? 0 : samplesOf(form),
    seed: machine.seed,
    objectives,
    breakEven: breakEvenPairs(names).find((pair) => pair.join() === form.breakEven),
  };
  const chosen = chooseSweep(choice, FIELDS);
  const cells = countCells(chosen.plan);
  if (cells > MAX_LAB_CELLS) {
    throw invalidArgument(
      OPERATION,
      SWEEP_LABELS.axes,
      `the grid has ${cells.toLocaleString('en-US')} cells, more than ${MAX_LAB_CELLS.toLocaleString('en-US')}`,
      'Use fewer values, a sample, or pageferry sim sweep.',
    );
  }
  return { ...chosen, choice };
}

/** @throws MigrationError EINVAL */
export function checkObjectives(objectives: readonly ObjectiveName[]): void {
  if (objectives.length > 0) return;
  throw invalidArgument(OPERATION, SWEEP_LABELS.objectives, 'none is chosen', 'Choose at least one.');
}

function samplesOf({ samples }: SweepForm): number {
  const count = /^\d+$/.test(samples.trim()) ? Number(samples) : 0;
  if (count >= 1 && count <= MAX_LAB_CELLS) return count;
  throw invalidArgument(
    OPERATION,
    SWEEP_LABELS.cells,
    `'${samples}' is not possible`,
    `Use a whole number from 1 to ${MAX_LAB_CELLS}.`,
  );
}

/** Parameters that are not the defaults of the command, and not axes. */
function givenValues(form: SweepForm, machine: SweepMachine): SweepChoice['given'] {
  const { folio, migrator, bytes } = form;
  const { channels, hogs, copyMode } = machine;
  const values = { folio, migrator, channels, bytes, copyMode, hogs };
  const usual = { ...CELL_DEFAULTS, channels: 1, copyMode: 'exclusive', hogs: 0 };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === usual[name as keyof typeof usual] || form.axes.some((axis) => axis.name === name)
        ? []
        : [[name, [value]]],
    ),
  );
}

/** The pairs of axes that can have a break-even surface. */
export function breakEvenPairs(names: readonly string[]): (readonly [x: string, y: string])[] {
  const all = [...new Set(names)];
  return all.flatMap((x) => all.filter((y) => y !== x).map((y) => [x, y] as const));
}

/** The fields of the range of an axis. */
export interface RangeForm {
  readonly from: string;
  readonly to: string;
  /** Empty: every value, or for samples the whole range. */
  readonly count: string;
  readonly log: boolean;
}

/** The range that the values of an axis are. Undefined for a list. */
export function rangeFormOf(values: string): RangeForm | undefined {
  const range = rangeTextOf(values.trim());
  if (range === undefined) return undefined;
  const { from, to, scale, steps = '' } = range;
  return { from, to, count: steps, log: scale === 'log' };
}

/** The values of an axis with this range, as `--vary` has them. */
export function valuesOfRange({ from, to, count, log }: RangeForm): string {
  const steps = log || count.trim() !== '' ? `:${log ? 'log' : ''}${count.trim()}` : '';
  return `${from.trim()}..${to.trim()}${steps}`;
}

/** The possible values of an axis, in words. */
export function hintOf(name: string): string {
  const domain = domainOf(name);
  if (domain === undefined) return '';
  const unit = figureRange(name)?.unit;
  return `${describeDomain(domain)}${unit === undefined ? '' : `, ${unit}`}`;
}

const SUGGESTED: Readonly<Record<Exclude<ParameterName, 'channels'>, string>> = {
  folio: '4K,64K,2M',
  migrator: 'baseline,dcbm',
  threads: '1..8',
  bytes: '64M,256M',
  batch: '2M,64M,1G',
  depth: '1..4',
  copyMode: PARAMETERS.copyMode.words.join(),
  cutoverPages: '64,512,4096',
  hogs: '0..4',
  busyCpus: '0..4',
  placement: PARAMETERS.placement.words.join(),
  mapping: PARAMETERS.mapping.words.join(),
  pageTables: PARAMETERS.pageTables.words.join(),
};

/** Values for an axis that was just chosen: around those of the profile. */
export function suggestedValues(name: string, profile: HardwareProfile): string {
  if (Object.hasOwn(SUGGESTED, name)) return SUGGESTED[name as keyof typeof SUGGESTED];
  if (name === 'channels') {
    const { channels } = profile.dma;
    return channels > 1 ? `1..${Math.min(PARAMETERS.channels.max, channels)}` : '1';
  }
  const { min, max, whole = false } = figureRange(name)!;
  const value = figureOf(profile, name);
  if (max - min <= 1 && whole) return `${min},${max}`;
  if (value <= 0) return `0..${Math.min(max, 1000)}:5`;
  const round = (number: number): number => (whole ? Math.round(number) : Number(number.toPrecision(4)));
  const [from, to] = [Math.max(min, round(value / 2)), Math.min(max, round(value * 2))];
  return from > 0 ? `${from}..${to}:log5` : `${from}..${to}:5`;
}
