import { invalidArgument, type MigrationError } from '../common/migration-error.js';
import { kstrtobool, kstrtouint } from './kstrto.js';

const OPERATION = 'set parameter';
/** Characters of a refused value that an error repeats, at most. */
const QUOTED = 40;

/** Reads an integer within bounds. @throws MigrationError EINVAL that names the parameter and the bounds. */
export function readInteger(path: string, text: string, min: number, max: number): number {
  const value = kstrtouint(text);
  if (value !== undefined && value >= min && value <= max) return value;
  throw refusedValue(path, text, `must be an integer from ${min} to ${max}`);
}

/** Reads a switch. @throws MigrationError EINVAL that names the parameter and the words. */
export function readSwitch(path: string, text: string): boolean {
  const value = kstrtobool(text);
  if (value !== undefined) return value;
  throw refusedValue(path, text, 'must be 1, y, on, true or 0, n, off, false');
}

/** Reads one of several words. @throws MigrationError EINVAL that names the parameter and the words. */
export function readWord<W extends string>(path: string, text: string, words: readonly W[]): W {
  const value = words.find((word) => word === text.trim());
  if (value !== undefined) return value;
  throw refusedValue(path, text, `must be one of ${words.join(', ')}`);
}

/** The error for a value that a parameter refuses. `rule` names the valid values. */
export function refusedValue(path: string, text: string, rule: string, advice?: string): MigrationError {
  const shown = text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text;
  return invalidArgument(OPERATION, path, `${rule}, not ${JSON.stringify(shown)}`, advice);
}
