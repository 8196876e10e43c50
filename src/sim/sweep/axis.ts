import { invalidArgument } from '../../common/migration-error.js';
import { samePower } from '../../common/same-math.js';
import {
  type AxisValue,
  contains,
  type Domain,
  describeDomain,
  domainOf,
  parseValue,
  showAxisValue,
  unknownAxis,
} from './parameters.js';

/** One dimension of a sweep. */
export interface Axis {
  /** A parameter such as `channels`, or a figure of the profile such as `dma.descriptorNs`. */
  readonly name: string;
  /** The values of a grid, in order. Absent for a range without steps, which only samples can have. */
  readonly levels?: readonly AxisValue[];
  /** A continuous range. */
  readonly range?: { readonly min: number; readonly max: number; readonly scale: 'linear' | 'log' };
}

/** Maximum values of one axis. */
const MAX_LEVELS = 100_000;
const OPERATION = 'sweep';

/**
 * Parses the text of `--vary`: `channels=1..16`, `dma.descriptorNs=500..20000:log8`, `folio=4K,64K`.
 * @throws MigrationError EINVAL that names the argument and the axis.
 */
export function parseAxis(text: string, argument: string): Axis {
  const at = text.indexOf('=');
  const name = text.slice(0, at === -1 ? text.length : at).trim();
  const domain = domainOf(name);
  if (domain === undefined) throw unknownAxis(OPERATION, argument, name);
  const values = at === -1 ? '' : text.slice(at + 1).trim();
  if (values === '') {
    throw wrong(argument, name, 'has no values', `Write ${name}=${exampleOf(domain)}.`);
  }
  const range = rangeTextOf(values);
  if (range === undefined) return { name, levels: listOf(name, values.split(','), domain, argument) };
  return rangeOf(name, range, domain, argument);
}

/** The parts of the text of a range. Undefined for a list. */
export function rangeTextOf(values: string): RangeText | undefined {
  const range = /^(.+?)\.\.(.+?)(?::(log|linear|lin)?(\d+)?)?$/.exec(values);
  if (range === null) return undefined;
  const [, from = '', to = '', suffix, steps] = range;
  return { from, to, scale: suffix === 'log' ? 'log' : 'linear', suffix, steps };
}

/** An axis of values that were parsed already. @throws MigrationError EINVAL */
export function axisOf(name: string, levels: readonly AxisValue[], argument: string): Axis {
  const domain = domainOf(name);
  if (domain === undefined) throw unknownAxis(OPERATION, argument, name);
  for (const level of levels) {
    if (!contains(domain, level)) throw notAValue(argument, name, String(level), domain);
  }
  return { name, levels: [...new Set(levels)] };
}

function listOf(name: string, texts: readonly string[], domain: Domain, argument: string): AxisValue[] {
  const values = texts.map((text) => {
    const value = parseValue(text.trim(), domain);
    if (value === undefined) throw notAValue(argument, name, text.trim(), domain);
    return value;
  });
  return [...new Set(values)];
}

/** A range as it is written: `500..20000:log8`. */
export interface RangeText {
  readonly from: string;
  readonly to: string;
  readonly scale: 'linear' | 'log';
  /** The word behind the colon. */
  readonly suffix: string | undefined;
  /** The number of values. */
  readonly steps: string | undefined;
}

function rangeOf(name: string, text: RangeText, domain: Domain, argument: string): Axis {
  if (domain.kind === 'word') {
    throw wrong(argument, name, 'has words, which have no range', `Write ${name}=${domain.words.join(',')}.`);
  }
  const ends = [text.from, text.to].map((end) => {
    const value = parseValue(end.trim(), domain);
    if (value === undefined) throw notAValue(argument, name, end.trim(), domain);
    return value as number;
  });
  const [min, max] = ends as [number, number];
  if (min >= max) {
    throw wrong(
      argument,
      name,
      `the range ${text.from}..${text.to} does not ascend`,
      'Write the smaller value first.',
    );
  }
  const { scale } = text;
  if (scale === 'log' && min <= 0) {
    throw wrong(argument, name, 'a logarithmic range cannot start at 0', 'Start above 0, or leave out log.');
  }
  const range = { min, max, scale };
  if (text.steps !== undefined) {
    const steps = Number(text.steps);
    if (steps < 2 || steps > MAX_LEVELS) {
      throw wrong(argument, name, `${steps} steps are not possible`, `Use 2 to ${MAX_LEVELS} steps.`);
    }
    const inside = Array.from({ length: steps - 2 }, (_, i) =>
      quantized(domain, between(range, (i + 1) / (steps - 1))),
    );
    const levels = [min, ...inside, max];
    return { name, levels: [...new Set(levels)] };
  }
  if (domain.kind === 'size' && (domain.powers === true || text.suffix === undefined)) {
    return { name, levels: powersOf(domain, min, max) };
  }
  if (domain.kind === 'number' && domain.whole && text.suffix === undefined && max - min < MAX_LEVELS) {
    return { name, levels: Array.from({ length: max - min + 1 }, (_, i) => min + i) };
  }
  return { name, range };
}

/** `min`, the powers of two above it, and `max`. */
function powersOf(domain: Domain, min: number, max: number): number[] {
  const levels = [min];
  for (let next = 2 ** Math.floor(Math.log2(min) + 1); next < max; next *= 2) levels.push(next);
  levels.push(max);
  return levels.filter((level) => contains(domain, level));
}

/** The value of an axis at a part of it, from 0 to below 1. */
export function valueAt({ name, levels, range }: Axis, part: number): AxisValue {
  if (levels !== undefined) return levels[Math.min(levels.length - 1, Math.floor(part * levels.length))]!;
  return quantized(domainOf(name)!, between(range!, part));
}

function between({ min, max, scale }: NonNullable<Axis['range']>, part: number): number {
  if (part <= 0) return min;
  if (part >= 1) return max;
  return scale === 'log' ? min * samePower(max / min, part) : min + (max - min) * part;
}

/** The nearest value that the domain has. Continuous values have six digits, so that they can be read and repeated. */
function quantized(domain: Domain, value: number): number {
  if (domain.kind === 'size') {
    if (domain.powers === true) return 2 ** Math.round(Math.log2(value));
    const { step = domain.multipleOf } = domain;
    const unit = value >= step ? step : domain.multipleOf;
    return Math.max(unit, Math.round(value / unit) * unit);
  }
  return domain.kind === 'number' && domain.whole ? Math.round(value) : Number(value.toPrecision(6));
}

/** The values of an axis, for people. */
export function describeAxis({ name, levels, range }: Axis): string {
  if (range !== undefined) {
    const ends = [range.min, range.max].map((end) => showAxisValue(name, end)).join('..');
    return range.scale === 'log' ? `${ends}, logarithmic` : ends;
  }
  const shown = levels!.map((level) => showAxisValue(name, level));
  return shown.length <= 8 ? shown.join(', ') : `${shown[0]}..${shown.at(-1)}, ${shown.length} values`;
}

function exampleOf(domain: Domain): string {
  if (domain.kind === 'word') return domain.words.slice(0, 2).join(',');
  return domain.kind === 'size' ? '64K,2M' : '1,2,4';
}

function notAValue(argument: string, name: string, text: string, domain: Domain): Error {
  return wrong(argument, name, `'${text}' is not a value of it`, `Use ${describeDomain(domain)}.`);
}

function wrong(argument: string, name: string, problem: string, advice: string): Error {
  return invalidArgument(OPERATION, `${argument} ${name}`, problem, advice);
}
