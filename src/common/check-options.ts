import { checkPlain, readSafely } from './check-plain.js';
import { describe, printable } from './describe-value.js';
import { invalidArgument, MigrationError } from './migration-error.js';
import { orderOf, PAGE_SIZE, PMD_SIZE } from './page.js';
import { renamedOption, renamedValue } from './renamed.js';

/** Fields of an object from outside. Nothing is known of the values yet. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Copies an object's own enumerable fields, and those of `names` that it inherits. Each field is read once. So the checked
 * value is the used value, even with getters and Proxies.
 * @throws MigrationError EINVAL if `value` is not a plain object, or throws when it is read.
 */
export function readFields(
  operation: string,
  argument: string,
  value: unknown,
  names: readonly string[],
): Fields {
  checkPlain(operation, argument, value);
  const fields: Record<string, unknown> = Object.create(null);
  readSafely(operation, argument, () => {
    for (const name of Object.keys(value)) fields[name] = (value as Fields)[name];
    for (const name of names) {
      if (name in fields) continue;
      const field = (value as Fields)[name];
      if (field !== undefined || Object.hasOwn(value, name)) fields[name] = field;
    }
  });
  return fields;
}

/** Like `readFields`, but refuses unknown names with the problem `what`. @throws MigrationError EINVAL */
export function readOptions<T extends object>(
  operation: string,
  options: T,
  known: readonly (keyof T & string)[],
  what = 'unknown option',
  argument = 'options',
): T {
  const fields = readFields(operation, argument, options, known);
  for (const name of Object.keys(fields)) {
    if ((known as readonly string[]).includes(name)) continue;
    const renamed = renamedOption(name, known);
    throw invalidArgument(
      operation,
      `${argument}.${printable(name)}`,
      what,
      renamed === undefined ? `Known: ${known.join(', ')}.` : `The option was renamed. Use ${renamed}.`,
    );
  }
  // The values are unchecked. Each is checked where it is used.
  return fields as T;
}

/**
 * Copies a list and reads each element once. Undefined if `value` is not an array, or has more than `max` elements.
 * @throws MigrationError EINVAL if it throws when it is read.
 */
export function readList(
  operation: string,
  argument: string,
  value: unknown,
  max: number,
): unknown[] | undefined {
  return readSafely(operation, argument, () => {
    if (!Array.isArray(value)) return undefined;
    const { length } = value;
    if (!(length <= max)) return undefined;
    return Array.from({ length }, (_, i): unknown => value[i]);
  });
}

/** Order of a folio of `folioSize` bytes. 0 if it is undefined. @throws MigrationError EINVAL */
export function checkFolioSize(operation: string, folioSize: number | undefined): number {
  const order = folioSize === undefined ? 0 : typeof folioSize === 'number' ? orderOf(folioSize) : -1;
  if (order >= 0) return order;
  throw invalidArgument(
    operation,
    'options.folioSize',
    `must be a power of two from ${PAGE_SIZE} to ${PMD_SIZE} bytes, not ${describe(folioSize)}`,
  );
}

/** @throws MigrationError EINVAL if `value` is not a boolean */
export function checkBoolean(operation: string, argument: string, value: unknown): asserts value is boolean {
  if (typeof value === 'boolean') return;
  throw invalidArgument(operation, argument, `must be true or false, not ${describe(value)}`);
}

/** @throws MigrationError EINVAL unless `value` is an integer within the bounds. */
export function checkInteger(
  operation: string,
  argument: string,
  value: unknown,
  min: number,
  max: number,
  advice?: string,
): void {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return;
  const rule = `must be an integer from ${min} to ${max}`;
  throw invalidArgument(operation, argument, `${rule}, not ${describe(value)}`, advice);
}

/** @throws MigrationError EINVAL unless `value` is a multiple of 4096 from 4096 to `max`. */
export function checkBatchBytes(operation: string, value: unknown, max: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= PAGE_SIZE && (value as number) <= max) {
    if ((value as number) % PAGE_SIZE === 0) return;
  }
  throw invalidArgument(
    operation,
    'options.batchBytes',
    `must be a multiple of ${PAGE_SIZE} bytes from ${PAGE_SIZE} to ${max}, not ${describe(value)}`,
  );
}

/** @throws MigrationError EINVAL that names the option and its `words`. */
export function checkWord(
  operation: string,
  argument: string,
  value: unknown,
  words: readonly string[],
): void {
  if ((words as readonly unknown[]).includes(value)) return;
  const known = words.map((word) => `'${word}'`);
  const rule = `${known.slice(0, -1).join(', ')} or ${known.at(-1)}`;
  const now = renamedValue(value, words);
  const advice = now === undefined ? undefined : `The value was renamed. Use '${now}'.`;
  throw invalidArgument(operation, argument, `must be ${rule}, not ${describe(value)}`, advice);
}

/** Index of the node with this id. @throws MigrationError ENODEV */
export function nodeIndex(
  operation: string,
  argument: string,
  id: number,
  nodeIds: readonly number[],
): number {
  const index = nodeIds.indexOf(id);
  if (index >= 0) return index;
  throw new MigrationError('ENODEV', `${argument}: unknown node ${describe(id)}`, {
    operation,
    argument,
    advice: `This ferry has the nodes ${nodeIds.join(', ')}.`,
  });
}
