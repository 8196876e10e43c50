import { MigrationError } from '../../common/migration-error.js';

/** Names of flags, by the argument of the call that each one sets, such as `options.host`. */
export type FlagNames = Readonly<Record<string, string>>;

/** Has an error name the flag that the user wrote, where the call names its own argument. */
export async function namedByFlag<T>(flags: FlagNames, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw flagError(error, flags);
  }
}

/** The same error, with the name of the flag. */
export function flagError<E>(error: E, flags: FlagNames): E | MigrationError {
  if (!(error instanceof MigrationError) || error.argument === undefined) return error;
  const { argument, problem, code, operation, advice, cause } = error;
  if (!Object.hasOwn(flags, argument)) return error;
  const flag = flags[argument]!;
  const bare = problem.startsWith(`${argument}: `) ? problem.slice(argument.length + 2) : problem;
  return new MigrationError(code, `${flag}: ${bare}`, {
    operation,
    argument: flag,
    cause,
    ...(advice === undefined ? {} : { advice }),
  });
}
