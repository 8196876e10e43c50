import { InvalidArgumentError } from 'commander';
import { MigrationError } from '../../common/migration-error.js';
import { folioBytes, MAX_ORDER, orderOf } from '../../common/page.js';
import { renamedValue } from '../../common/renamed.js';
import { formatSize, parseSize } from '../../common/size.js';
import type { ErrorMigratorOptions } from '../../migrators/error/error-options.js';
import { parseInjection } from '../../migrators/error/parse-injection.js';

/** Parses an option's text. When it throws, commander names the option. */
export type OptionParser<T> = (text: string) => T;

/** A size such as 512M within bounds. */
export function size(min: number, max: number, multipleOf = 1): OptionParser<number> {
  return (text) => {
    const bytes = sizeOf(text);
    if (bytes < min || bytes > max) {
      throw new InvalidArgumentError(`It must be from ${formatSize(min)} to ${formatSize(max)}.`);
    }
    if (bytes % multipleOf !== 0) {
      throw new InvalidArgumentError(`It must be a multiple of ${formatSize(multipleOf)}.`);
    }
    return bytes;
  };
}

/** Bytes of a folio: 4K, 8K, … 2M. */
export function folioSize(text: string): number {
  const bytes = sizeOf(text);
  if (orderOf(bytes) < 0) {
    const [min, max] = [formatSize(folioBytes(0)), formatSize(folioBytes(MAX_ORDER))];
    throw new InvalidArgumentError(`A folio is a power of two from ${min} to ${max}.`);
  }
  return bytes;
}

export function wholeNumber(min: number, max: number): OptionParser<number> {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** A number of seconds, also a fraction. */
export function seconds(max: number): OptionParser<number> {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!(value > 0 && value <= max)) {
      throw new InvalidArgumentError(`It must be a number of seconds above 0, up to ${max}.`);
    }
    return value;
  };
}

export function oneOf<T extends string>(choices: readonly T[]): OptionParser<T> {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) {
      const now = renamedValue(text, choices);
      throw new InvalidArgumentError(
        now === undefined
          ? `Unknown value '${text}'. Use one of ${choices.join(', ')}.`
          : `The value was renamed. Use ${now}.`,
      );
    }
    return found;
  };
}

/** Values between commas, each once. */
export function listOf<T>(parse: OptionParser<T>): OptionParser<readonly T[]> {
  return (text) => [...new Set(text.split(',').map((item) => parse(item.trim())))];
}

/** Faults to inject: `fail-batch=7,corrupt=100`. */
export function injection(text: string): ErrorMigratorOptions {
  try {
    return parseInjection(text);
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    const advice = error.advice === undefined ? '' : ` ${error.advice}`;
    throw new InvalidArgumentError(`${error.problem}.${advice}`);
  }
}

function sizeOf(text: string): number {
  try {
    return parseSize(text);
  } catch (error) {
    if (error instanceof RangeError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}
