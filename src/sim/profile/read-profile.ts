import { checkPlain } from '../../common/check-plain.js';
import { describe } from '../../common/describe-value.js';
import { invalidArgument, MigrationError } from '../../common/migration-error.js';
import { textProblem } from './check-text.js';
import type { HardwareProfile, ProfileUncertainty } from './hardware-profile.js';

/**
 * The `schema` of a profile file.
 * @see {@link readProfile} for an example
 */
export const PROFILE_SCHEMA = 'pageferry.profile/1';

export interface FigureRange {
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

const NS: FigureRange = { unit: 'ns', min: 0, max: 1e12 };
const GBPS: FigureRange = { unit: 'GB/s', min: 1e-6, max: 1e6 };
const count = (unit: string, min: number, max: number): FigureRange => ({ unit, min, max, whole: true });

/** The figures of every profile. */
export const PROFILE_FIGURES = {
  cpu: {
    callNs: NS,
    folioNs: NS,
    pageNs: NS,
    pmdNs: NS,
    unmapShare: { unit: 'part', min: 0, max: 1 },
    flushNs: NS,
    copyCallNs: NS,
    copyGBps: GBPS,
    coldNsPerMiB: { ...NS, unit: 'ns/MiB' },
    coldMiB: { unit: 'MiB', min: 0, max: 2 ** 30 },
    wakeNs: NS,
    sliceNs: { ...NS, min: 1 },
    cpus: count('CPUs', 1, 4096),
    loopsPerSecond: { unit: '1/s', min: 1, max: 1e15 },
  },
  memory: { copyGBps: GBPS, nodePages: count('pages', 1024, 2 ** 31) },
  dma: {
    channels: count('channels', 0, 1024),
    nearChannels: count('channels', 0, 1024),
    nearGBps: GBPS,
    farGBps: GBPS,
    descriptorNs: NS,
    submitNs: NS,
    queueDepth: count('descriptors', 1, 2 ** 24),
    iommu: count('0 or 1', 0, 1),
    maxSegmentBytes: count('bytes', 4096, 2 ** 40),
  },
  compaction: { scanNs: NS },
} as const satisfies Record<string, Record<string, FigureRange>>;

/** Groups that a profile may leave out, but only as a whole. */
export const OPTIONAL_FIGURES = {
  tables: { supported: count('0 or 1', 0, 1), leaveNs: NS, arriveNs: NS, callNs: NS },
  topology: {
    domains: count('domains', 1, 4096),
    domainGBps: GBPS,
    threadsGBps: GBPS,
    engineChannels: count('channels', 1, 1024),
    engineGBps: GBPS,
    linkGBps: GBPS,
    knee: { unit: 'exponent', min: 0.5, max: 100 },
    translateNs: NS,
    mapNs: NS,
    deepWakeNs: NS,
  },
  soft: { channelCpus: { unit: 'CPUs', min: 0, max: 1 } },
} as const satisfies Record<string, Record<string, FigureRange>>;

/**
 * Checks a profile that was parsed from a file.
 * @throws {@link index!MigrationError | MigrationError} EINVAL, naming the path of the figure that is missing, unknown, not a number or out of its range.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { createRequire } from 'node:module';
 * import { readProfile } from 'pageferry/sim';
 *
 * const file = createRequire(import.meta.url).resolve('pageferry/profiles/zen3-ptdma.json');
 * const profile = readProfile(JSON.parse(readFileSync(file, 'utf8')));
 * console.log(profile.name, profile.dma.channels);
 * ```
 */
export function readProfile(json: unknown): HardwareProfile {
  const file = objectAt(json, 'profile');
  const { schema, uncertainty } = file;
  if (schema !== PROFILE_SCHEMA) {
    throw wrong('schema', `must be '${PROFILE_SCHEMA}', not ${describe(schema)}`);
  }
  const groups: Readonly<Record<string, Record<string, FigureRange>>> = {
    ...PROFILE_FIGURES,
    ...OPTIONAL_FIGURES,
  };
  const known = ['schema', 'name', 'description', ...Object.keys(groups), 'uncertainty'];
  refuseUnknown(file, known, '');
  const profile: Record<string, unknown> = {
    name: textAt(file, 'name'),
    description: textAt(file, 'description'),
  };
  for (const [group, figures] of Object.entries(groups)) {
    if (Object.hasOwn(OPTIONAL_FIGURES, group) && file[group] === undefined) continue;
    const given = objectAt(file[group], group);
    refuseUnknown(given, Object.keys(figures), `${group}.`);
    const values: Record<string, number> = {};
    for (const [name, range] of Object.entries(figures)) {
      values[name] = figureAt(given[name], `${group}.${name}`, range);
    }
    profile[group] = Object.freeze(values);
  }
  const more = uncertainty === undefined ? {} : { uncertainty: uncertaintyAt(uncertainty, groups) };
  return Object.freeze({ ...profile, ...more }) as unknown as HardwareProfile;
}

function figureAt(given: unknown, path: string, range: FigureRange): number {
  const figure = objectAt(given, path);
  refuseUnknown(figure, ['value', 'unit', 'source', 'low', 'high'], `${path}.`);
  const { value, unit } = figure;
  if (unit !== range.unit) throw wrong(`${path}.unit`, `must be '${range.unit}', not ${describe(unit)}`);
  textAt(figure, 'source', `${path}.`);
  const checked = checkFigure(value, `${path}.value`, range);
  for (const side of ['low', 'high'] as const) {
    if (figure[side] === undefined) continue;
    const bound = checkFigure(figure[side], `${path}.${side}`, {
      unit: range.unit,
      min: 0,
      max: Number.MAX_VALUE,
    });
    if (side === 'low' ? bound > checked : bound < checked) {
      throw wrong(
        `${path}.${side}`,
        `must be ${side === 'low' ? 'at most' : 'at least'} the value, not ${bound}`,
      );
    }
  }
  return checked;
}

const SPREAD: FigureRange = { unit: '', min: 0, max: 10 };

function uncertaintyAt(
  given: unknown,
  groups: Readonly<Record<string, Record<string, FigureRange>>>,
): ProfileUncertainty {
  const object = objectAt(given, 'uncertainty');
  refuseUnknown(object, ['model', 'figures', 'covariance'], 'uncertainty.');
  const { figures, covariance, model } = object;
  if (!Array.isArray(figures)) throw wrong('uncertainty.figures', 'must be a list of paths');
  for (const [i, path] of figures.entries()) {
    const [group = '', name = ''] = typeof path === 'string' ? path.split('.') : [];
    if (groups[group]?.[name] === undefined || figures.indexOf(path) !== i) {
      throw wrong(`uncertainty.figures[${i}]`, `must be the path of another figure, not ${describe(path)}`);
    }
  }
  const n = figures.length;
  if (!Array.isArray(covariance) || covariance.length !== n) {
    throw wrong('uncertainty.covariance', `must have ${n} rows, one for each figure`);
  }
  const values = new Float64Array(n * n);
  for (const [i, row] of covariance.entries()) {
    const path = `uncertainty.covariance[${i}]`;
    if (!Array.isArray(row) || row.length !== n) throw wrong(path, `must have ${n} numbers`);
    for (const [j, value] of row.entries()) {
      values[i * n + j] = checkFigure(value, `${path}[${j}]`, {
        unit: '',
        min: i === j ? 0 : -100,
        max: 100,
      });
    }
  }
  return Object.freeze({
    model: checkFigure(model, 'uncertainty.model', SPREAD),
    figures: Object.freeze([...figures] as string[]),
    covariance: values,
  });
}

/** @throws {@link index!MigrationError | MigrationError} EINVAL, naming the path, for a value that is not a number within the range. */
export function checkFigure(value: unknown, path: string, range: FigureRange): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw wrong(path, `must be a number, not ${describe(value)}`);
  }
  if (value < range.min || value > range.max || (range.whole === true && !Number.isInteger(value))) {
    const kind = range.whole === true ? 'a whole number' : 'a number';
    throw wrong(path, `must be ${kind} from ${range.min} to ${range.max}, not ${value}`);
  }
  return value;
}

function objectAt(value: unknown, path: string): Record<string, unknown> {
  if (value === undefined) throw wrong(path, 'is missing');
  checkPlain('readProfile', path, value);
  return value as Record<string, unknown>;
}

function textAt(object: Record<string, unknown>, name: string, prefix = ''): string {
  const problem = textProblem(object[name]);
  if (problem !== undefined) throw wrong(`${prefix}${name}`, problem);
  return object[name] as string;
}

function refuseUnknown(object: Record<string, unknown>, known: readonly string[], prefix: string): void {
  const unknown = Object.keys(object).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw wrong(`${prefix}${unknown}`, 'unknown figure', `Known: ${known.join(', ')}.`);
  }
}

function wrong(path: string, problem: string, advice?: string): MigrationError {
  return invalidArgument('readProfile', path, problem, advice);
}

/** The reason for which `readProfile` or JSON.parse rejects a file, in one line. Undefined for another error. */
export function profileProblem(error: unknown): string | undefined {
  if (error instanceof MigrationError) {
    return error.advice === undefined ? error.problem : `${error.problem}. ${error.advice}`;
  }
  return error instanceof SyntaxError ? `not JSON: ${error.message}` : undefined;
}
