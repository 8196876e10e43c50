/** Code of the threads of a program's own modules: the import of the module, and the message about a bad one. */
import { describeThrown } from '../../common/describe-value.js';
import type { ErrnoName } from '../../common/errno.js';
import { shortageOf } from '../../common/system-error.js';

/** The first message of such a thread. */
export type ModuleStart =
  | { readonly ready: true; readonly name: string }
  | { readonly ready: false; readonly code: ErrnoName; readonly problem: string };

const MAX_NAME = 64;

/** The module cannot be used. */
export class Refusal extends Error {
  readonly code: ErrnoName;

  constructor(code: ErrnoName, problem: string) {
    super(problem);
    this.code = code;
  }
}

/** @throws Refusal ENOENT if the module does not exist, EINVAL if it cannot be imported. */
export async function importModule(href: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(href);
  } catch (error) {
    const missing = (error as { code?: unknown } | undefined)?.code === 'ERR_MODULE_NOT_FOUND';
    throw new Refusal(
      missing ? 'ENOENT' : (shortageOf(error) ?? 'EINVAL'),
      // Node adds the file of pageferry that imports it.
      `cannot import the module: ${describeThrown(error).replace(/ imported from .*own-module\.js$/, '')}`,
    );
  }
}

/**
 * The name, which is shown in errors, warnings and reports.
 * @param from What returned the named object, for messages: `createMigrator returned a migrator`.
 * @throws Refusal
 */
export function checkName(name: unknown, from: string): string {
  if (typeof name !== 'string' || name === '') throw new Refusal('EINVAL', `${from} without a name`);
  if (name.length > MAX_NAME || /\p{Cc}/u.test(name)) {
    throw new Refusal('EINVAL', `name: must be one line of up to ${MAX_NAME} characters`);
  }
  return name;
}

/** The message for a module that cannot be used. */
export function refusalMessage(error: unknown): ModuleStart {
  const code = error instanceof Refusal ? error.code : 'EIO';
  return { ready: false, code, problem: describeThrown(error) };
}
