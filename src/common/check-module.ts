import { describe, describeThrown } from './describe-value.js';
import { invalidArgument, type MigrationError } from './migration-error.js';

/** URL protocols from which Node imports modules without a loader. */
const PROTOCOLS = ['file:', 'data:'];

export interface CheckedModule {
  readonly href: string;
  /** A structured clone. So the value that was checked is the one that is posted, and posting cannot fail. */
  readonly options: unknown;
}

/**
 * Checks the URL and the options of a program's own module, on any thread.
 * @param name Name of the module in messages, and of its argument: `migrator` for `migrator.module` and `migrator.options`.
 * @throws MigrationError EINVAL if `module` is not the URL of a module, or `options` cannot be cloned.
 */
export function checkModule(
  operation: string,
  name: string,
  module: unknown,
  options: unknown,
): CheckedModule {
  const advice = `Use, for example, new URL('./my-${name}.mjs', import.meta.url).`;
  const wrong = (problem: string): MigrationError =>
    invalidArgument(operation, `${name}.module`, problem, advice);
  const href = hrefOf(module);
  if (href === undefined) throw wrong(`must be a URL, not ${describe(module)}`);
  if (!URL.canParse(href) || !PROTOCOLS.includes(new URL(href).protocol)) {
    throw wrong(`must be a file: or data: URL, not ${describe(href)}`);
  }
  try {
    return { href, options: structuredClone(options) };
  } catch (cause) {
    throw invalidArgument(
      operation,
      `${name}.options`,
      `cannot be passed to another thread: ${describeThrown(cause)}`,
      'Pass plain data. Define functions in the module.',
    );
  }
}

/** Undefined for anything but a string or a genuine URL. */
function hrefOf(module: unknown): string | undefined {
  if (typeof module === 'string') return module;
  try {
    const { href } = module instanceof URL ? module : {};
    return typeof href === 'string' ? href : undefined;
  } catch {
    return undefined;
  }
}
