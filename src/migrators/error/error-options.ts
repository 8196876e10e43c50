import { describe, printable } from '../../common/describe-value.js';
import { invalidArgument } from '../../common/migration-error.js';

/**
 * Which faults to inject. A number n stands for every nth batch or folio, counted from 1: the nth is the first.
 * Several may be combined. Of those that befall a whole batch the first in this order wins.
 */
export interface ErrorMigratorOptions {
  /** Every nth batch is declined: -EOPNOTSUPP. */
  readonly decline?: number;
  /** Every nth batch is refused: -ENODEV. */
  readonly refuse?: number;
  /** Every nth batch throws, with nothing copied. */
  readonly throw?: number;
  /** Every nth batch fails with -EIO, with nothing copied. */
  readonly failBatch?: number;
  /**
   * Every nth batch hangs: waits out the limit, holds every folio and gives -ETIMEDOUT. During the next
   * batch its "device" writes rubbish into the old destinations, once, and then is quiet.
   */
  readonly hang?: number;
  /** Every nth batch is copied, but the result is no errno: NaN, a string, 7, … in turn. */
  readonly nonsense?: number;
  /** Every nth folio is neither copied nor marked; the batch's result is -EIO. */
  readonly failFolio?: number;
  /** Every nth folio is marked, but its destination has the content of other pages. */
  readonly corrupt?: number;
  /** Every nth folio is marked, but nothing was copied. */
  readonly lie?: number;
  /** In every nth batch a thread of the inner migrator ends in the middle of its copy; dcbm and mtcopy have some. */
  readonly failThread?: number;
  /** Every nth batch takes `delayMs` longer. */
  readonly delay?: number;
  /** Milliseconds, to go with `delay`. */
  readonly delayMs?: number;
}

/** The faults that come every nth time, in the order in which they are looked at. */
export const INJECTIONS = [
  'decline',
  'refuse',
  'throw',
  'failBatch',
  'hang',
  'nonsense',
  'failFolio',
  'corrupt',
  'lie',
  'failThread',
  'delay',
] as const satisfies readonly (keyof ErrorMigratorOptions)[];

export type Injection = (typeof INJECTIONS)[number];

const MAX_COUNT = 1_000_000_000;
const MAX_MS = 600_000;
const OPERATION = 'ErrorMigrator';

/** @throws MigrationError EINVAL naming the option that is wrong, by what the caller calls them. */
export function checkErrorOptions(
  options: ErrorMigratorOptions,
  operation = OPERATION,
  prefix = 'options',
): void {
  if (typeof options !== 'object' || options === null) {
    throw invalidArgument(operation, prefix, `must be an object, not ${describe(options)}`);
  }
  const known: readonly string[] = [...INJECTIONS, 'delayMs'];
  for (const [name, value] of Object.entries(options)) {
    const argument = `${prefix}.${printable(name)}`;
    if (!known.includes(name)) {
      throw invalidArgument(operation, argument, 'unknown fault', `Known: ${known.join(', ')}.`);
    }
    if (value === undefined) continue;
    const [min, max] = name === 'delayMs' ? [0, MAX_MS] : [1, MAX_COUNT];
    if (typeof value === 'number' && value >= min && value <= max) {
      if (name === 'delayMs' || Number.isInteger(value)) continue;
    }
    const kind = name === 'delayMs' ? 'a number of milliseconds' : 'an integer';
    throw invalidArgument(
      operation,
      argument,
      `must be ${kind} from ${min} to ${max}, not ${describe(value)}`,
    );
  }
  if ((options.delay === undefined) !== (options.delayMs === undefined)) {
    const missing = options.delay === undefined ? 'delay' : 'delayMs';
    throw invalidArgument(operation, `${prefix}.${missing}`, 'is missing. Set both delay and delayMs');
  }
}
