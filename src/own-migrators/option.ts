import { describe, describeThrown } from '../common/describe-value.js';
import { invalidArgument } from '../common/migration-error.js';

const OPERATION = 'registerMigrator';

/** URL protocols from which Node imports modules without a loader. */
const PROTOCOLS = ['file:', 'data:'];

export interface CheckedModule {
  readonly href: string;
  /** A structured clone. So the value that was checked is the one that is posted, and posting cannot fail. */
  readonly options: unknown;
}

/**
 * Checks the option of a program's own migrator, on any thread.
 * @throws MigrationError EINVAL if `module` is not the URL of a module, or `options` cannot be cloned.
 */
export function checkModuleOption(module: unknown, options: unknown): CheckedModule {
  const href = hrefOf(module);
  if (href === undefined) {
    throw invalidArgument(OPERATION, 'migrator.module', `must be a URL, not ${describe(module)}`, ADVICE);
  }
  if (!URL.canParse(href) || !PROTOCOLS.includes(new URL(href).protocol)) {
    throw invalidArgument(
      OPERATION,
      'migrator.module',
      `must be a file: or data: URL, not '${describe(href)}'`,
      ADVICE,
    );
  }
  try {
    return { href, options: structuredClone(options) };
  } catch (cause) {
    throw invalidArgument(
      OPERATION,
      'migrator.options',
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

const ADVICE = "Use, for example, new URL('./my-migrator.mjs', import.meta.url).";
