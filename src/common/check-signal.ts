import { invalidArgument } from './migration-error.js';

/** @throws MigrationError EINVAL for what is no AbortSignal, naming the argument */
export function checkSignal(
  operation: string,
  argument: string,
  value: unknown,
): asserts value is AbortSignal | undefined {
  if (value === undefined || isAbortSignal(value)) return;
  throw invalidArgument(operation, argument, 'must be an AbortSignal');
}

const isAborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')?.get;

/** Whether it really is one: what only inherits from AbortSignal throws when it is used, with pages under way. */
function isAbortSignal(value: unknown): value is AbortSignal {
  try {
    return typeof isAborted?.call(value) === 'boolean' && value instanceof AbortSignal;
  } catch {
    return false;
  }
}
