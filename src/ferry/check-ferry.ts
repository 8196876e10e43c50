import { describe } from '../common/describe-value.js';
import { invalidArgument } from '../common/migration-error.js';
import { Ferry } from './ferry.js';

/** @throws MigrationError EINVAL for an object that was not made by `openFerry` of this package. */
export function checkFerry(operation: string, ferry: unknown): asserts ferry is Ferry {
  if (ferry instanceof Ferry) return;
  throw invalidArgument(
    operation,
    'ferry',
    `must be a ferry, not ${describe(ferry)}`,
    'Open one with openFerry().',
  );
}
