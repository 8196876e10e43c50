import { invalidArgument } from '../mm/migration-error.js';

const OPERATION = 'registerMigrator';

/** The protocols from which Node imports modules without a loader. */
const PROTOCOLS = ['file:', 'data:'];

/**
 * Checks what names a migrator of the user's own, on whichever thread, before it is posted to another one.
 * Returns the module's URL.
 * @throws MigrationError EINVAL when `module` is no URL of a module, or `options` cannot be cloned.
 */
export function checkModuleOption(module: unknown, options: unknown): string {
  if (typeof module !== 'string' && !(module instanceof URL)) {
    throw invalidArgument(OPERATION, 'migrator.module', `must be a URL, not ${typeof module}`, ADVICE);
  }
  const href = String(module);
  if (!URL.canParse(href) || !PROTOCOLS.includes(new URL(href).protocol)) {
    throw invalidArgument(OPERATION, 'migrator.module', `'${href}' is no file: or data: URL`, ADVICE);
  }
  try {
    structuredClone(options);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw invalidArgument(
      OPERATION,
      'migrator.options',
      `cannot be passed to another thread: ${why}`,
      'Pass plain data; functions and the like belong into the module.',
    );
  }
  return href;
}

const ADVICE = "For example new URL('./my-migrator.mjs', import.meta.url).";
