import { invalidArgument } from '../../common/migration-error.js';
import { folioBytes, MAX_ORDER, orderOf, PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import { formatSize, parseSize } from '../../common/size.js';
import { MAX_DMA_CHANNELS } from '../../migrators/dcbm/dcbm.js';
import { COPY_MODES } from '../../mm/copy-mode.js';
import { DMA_MAPPINGS } from '../dma/mapping.js';
import { THREAD_PLACEMENTS } from '../dma/placement.js';
import { SIM_MIGRATORS } from '../experiments/move.js';
import { SIM_TABLE_MODES } from '../machine/table-moves.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';
import { type FigureRange, OPTIONAL_FIGURES, PROFILE_FIGURES } from '../profile/read-profile.js';
import { figurePaths, figureRange } from '../profile/with-figures.js';

/** A value of an axis: a number, or a word such as `dcbm`. */
export type AxisValue = number | string;

/** The values that an axis can have, and how they are written. */
export type Domain =
  /** `powers`: only powers of two. `step`: what the values of a range are multiples of, from there on. */
  | {
      readonly kind: 'size';
      readonly min: number;
      readonly max: number;
      readonly multipleOf: number;
      readonly powers?: true;
      readonly step?: number;
    }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly whole: boolean }
  | { readonly kind: 'word'; readonly words: readonly string[] };

const whole = (min: number, max: number) => ({ kind: 'number', min, max, whole: true }) as const;
const size = (min: number, max: number, multipleOf: number) =>
  ({
    kind: 'size',
    min,
    max,
    multipleOf,
  }) as const;

/** The parameters of the migration of a cell. Every figure of the profile can be an axis, too. */
export const PARAMETERS = {
  folio: { ...size(PAGE_SIZE, PMD_SIZE, PAGE_SIZE), powers: true },
  migrator: { kind: 'word', words: SIM_MIGRATORS },
  channels: whole(1, MAX_DMA_CHANNELS),
  threads: whole(1, 64),
  bytes: { ...size(PAGE_SIZE, 2 ** 40, PAGE_SIZE), step: PMD_SIZE },
  batch: size(PAGE_SIZE, 2 ** 43, PAGE_SIZE),
  depth: whole(1, 4),
  copyMode: { kind: 'word', words: COPY_MODES },
  cutoverPages: whole(1, 262_144),
  hogs: whole(0, 64),
  busyCpus: whole(0, 4096),
  placement: { kind: 'word', words: THREAD_PLACEMENTS },
  mapping: { kind: 'word', words: DMA_MAPPINGS },
  pageTables: { kind: 'word', words: SIM_TABLE_MODES },
} as const satisfies Record<string, Domain>;

export type ParameterName = keyof typeof PARAMETERS;

/** The option of `pageferry sim sweep` that gives all cells one value of a parameter. */
export const PARAMETER_FLAGS: Readonly<Record<ParameterName, string>> = {
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
  busyCpus: '--busy-cpus',
  placement: '--placement',
  mapping: '--mapping',
  pageTables: '--page-tables',
};

export function isParameter(name: string): name is ParameterName {
  return Object.hasOwn(PARAMETERS, name);
}

/** The domain of a parameter or of a figure of the profile. Undefined for an unknown name. */
export function domainOf(name: string): Domain | undefined {
  if (isParameter(name)) return PARAMETERS[name];
  const range = figureRange(name);
  return range === undefined
    ? undefined
    : { kind: 'number', min: range.min, max: range.max, whole: isWhole(range) };
}

function isWhole(range: FigureRange): boolean {
  return range.whole === true;
}

/** The figures that some profile has. */
const FIGURES: readonly string[] = figurePaths({ ...PROFILE_FIGURES, ...OPTIONAL_FIGURES });

/** The names that an axis of this machine can have: parameters, and figures that its profile has. */
export function axisNames(profile: HardwareProfile): string[] {
  const figures = FIGURES.filter((name) => name.split('.')[0]! in profile);
  return [...Object.keys(PARAMETERS), ...figures];
}

/** The error for an unknown axis, with the names that are most like it. */
export function unknownAxis(operation: string, argument: string, name: string): Error {
  const [group] = name.split('.');
  const inGroup = FIGURES.filter((figure) => figure.startsWith(`${group}.`));
  const known = inGroup.length > 0 ? inGroup : [...Object.keys(PARAMETERS), ...FIGURES];
  return invalidArgument(
    operation,
    argument,
    `unknown name '${name}'`,
    `${inGroup.length > 0 ? `Figures of ${group}` : 'Known'}: ${known.join(', ')}.`,
  );
}

/** A value as people write it: `64K`, `1.5`, `dcbm`. Undefined if the domain has no such value. */
export function parseValue(text: string, domain: Domain): AxisValue | undefined {
  const value = domain.kind === 'word' ? text : domain.kind === 'size' ? bytesOf(text) : numberOf(text);
  return value !== undefined && contains(domain, value) ? value : undefined;
}

/** Whether the domain has this value. */
export function contains(domain: Domain, value: unknown): value is AxisValue {
  if (domain.kind === 'word') return domain.words.includes(value as string);
  if (typeof value !== 'number' || !(value >= domain.min && value <= domain.max)) return false;
  if (domain.kind === 'number') return !domain.whole || Number.isInteger(value);
  return value % domain.multipleOf === 0 && (domain.powers !== true || orderOf(value) >= 0);
}

/** The values of a domain, for errors. */
export function describeDomain(domain: Domain): string {
  switch (domain.kind) {
    case 'word':
      return `one of ${domain.words.join(', ')}`;
    case 'size':
      return domain.powers === true
        ? `a power of two from ${formatSize(folioBytes(0))} to ${formatSize(folioBytes(MAX_ORDER))}`
        : `a multiple of ${formatSize(domain.multipleOf)} from ${formatSize(domain.min)} to ${formatSize(domain.max)}`;
    case 'number':
      return `a ${domain.whole ? 'whole ' : ''}number from ${domain.min} to ${domain.max}`;
  }
}

/** A value for people, and for `--vary`: sizes with their unit. */
export function showAxisValue(name: string, value: AxisValue): string {
  if (typeof value === 'string') return value;
  if (domainOf(name)?.kind !== 'size') return String(value);
  const short = formatSize(value);
  // A size that formatSize would round is written in full.
  return parseSize(short) === value ? short : String(value);
}

function bytesOf(text: string): number | undefined {
  try {
    return parseSize(text);
  } catch {
    return undefined;
  }
}

function numberOf(text: string): number | undefined {
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}
