import { describe } from '../../common/describe-value.js';
import { invalidArgument, MigrationError } from '../../common/migration-error.js';
import { checkErrorOptions, type ErrorMigratorOptions, INJECTIONS, type Injection } from './error-options.js';

const OPERATION = 'inject';
const BY_NAME = new Map<string, Injection>(INJECTIONS.map((name) => [kebab(name), name]));
const ADVICE = `Known: ${[...BY_NAME.keys()].join(', ')}. Example: fail-batch=7,corrupt=100,delay=10:5ms.`;

/**
 * Parses the faults of the command line, such as `fail-batch=7,corrupt=100,delay=10:5ms`. `name=n` is every nth batch
 * or folio. `delay` also has a time, in `ms` or `s`.
 * @throws MigrationError EINVAL, with the bad part.
 */
export function parseInjection(text: string): ErrorMigratorOptions {
  const options: { -readonly [name in keyof ErrorMigratorOptions]: number } = {};
  for (const part of text.split(',').map((each) => each.trim())) {
    const match = part.match(/^([a-z-]+)=(\d+)(?::(\d+(?:\.\d+)?)(ms|s))?$/);
    if (match === null) {
      throw invalidArgument(
        OPERATION,
        `'${describe(part)}'`,
        'is not of the form name=n or delay=n:5ms',
        ADVICE,
      );
    }
    const [, name, every, time, unit] = match;
    const injection = BY_NAME.get(name!);
    if (injection === undefined)
      throw invalidArgument(OPERATION, `'${describe(part)}'`, `unknown fault '${describe(name)}'`, ADVICE);
    if (options[injection] !== undefined) {
      throw invalidArgument(OPERATION, `'${describe(part)}'`, `duplicate fault '${name}'`);
    }
    if ((injection === 'delay') !== (time !== undefined)) {
      const problem = injection === 'delay' ? 'needs a time' : 'does not take a time';
      throw invalidArgument(OPERATION, `'${describe(part)}'`, `'${name}' ${problem}`, ADVICE);
    }
    options[injection] = Number(every);
    if (time !== undefined) options.delayMs = Number(time) * (unit === 's' ? 1000 : 1);
    checkPart(part, options);
  }
  return options;
}

/** Checks the same bounds as the options, but reports them in the command line's words. */
function checkPart(part: string, options: ErrorMigratorOptions): void {
  try {
    checkErrorOptions(options);
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    const bounds = error.problem.slice(error.problem.indexOf(': ') + 2);
    throw invalidArgument(OPERATION, `'${describe(part)}'`, bounds);
  }
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
