import { invalidArgument } from './migration-error.js';

/** @throws {@link MigrationError} EINVAL that names the argument, for a value that is not an AbortSignal */
export function checkSignal(
  operation: string,
  argument: string,
  value: unknown,
): asserts value is AbortSignal | undefined {
  if (value === undefined || isAbortSignal(value)) return;
  throw invalidArgument(operation, argument, 'must be an AbortSignal');
}

const isAborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')?.get;

/** An object that only inherits from AbortSignal would throw when it is used, with pages in flight. */
function isAbortSignal(value: unknown): value is AbortSignal {
  try {
    return typeof isAborted?.call(value) === 'boolean' && value instanceof AbortSignal;
  } catch {
    return false;
  }
}
