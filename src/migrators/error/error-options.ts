import { checkPlain } from '../../common/check-plain.js';
import { describe, printable } from '../../common/describe-value.js';
import { invalidArgument } from '../../common/migration-error.js';

/**
 * Faults to inject. A number n means every nth batch or folio. The first one hit is the nth. Several faults may be
 * combined. If several hit the same batch, the first in this order wins.
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
   * Every nth batch hangs: it waits until the time limit, quarantines every folio and returns -ETIMEDOUT. During the
   * next batch its "device" writes garbage into the old destinations, once, and is then quiet.
   */
  readonly hang?: number;
  /** Every nth batch is copied, but the result is not an errno: NaN, a string, 7 and others in turn. */
  readonly nonsense?: number;
  /** Every nth folio is neither copied nor marked, and the batch's result is -EIO. */
  readonly failFolio?: number;
  /** Every nth folio is marked, but its destination gets the content of other pages. */
  readonly corrupt?: number;
  /** Every nth folio is marked, but nothing was copied. */
  readonly lie?: number;
  /** In every nth batch a thread of the inner migrator ends in the middle of its copy. Only for dcbm and mtcopy. */
  readonly failThread?: number;
  /** Every nth batch takes `delayMs` longer. Needs `delayMs`. */
  readonly delay?: number;
  /** Milliseconds of the delay, from 0 to 600000. */
  readonly delayMs?: number;
}

/** The faults, in the order in which they are checked. */
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

/** @throws MigrationError EINVAL for a bad option, which `prefix` and its name identify. */
export function checkErrorOptions(
  options: ErrorMigratorOptions,
  operation = OPERATION,
  prefix = 'options',
): void {
  checkPlain(operation, prefix, options);
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
