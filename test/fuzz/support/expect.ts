import assert from 'node:assert/strict';
import { MigrationError } from '../../../src/common/migration-error.js';

/** Characters of the longest message that an error may have, however long what it is about. */
const MAX_MESSAGE = 2000;

/** Result of `run`, or the MigrationError that it threw; anything else that is thrown is a failure. */
export function typed<T>(run: () => T): T | MigrationError {
  try {
    return run();
  } catch (error) {
    return checked(error);
  }
}

/** As `typed`, for what rejects. */
export async function typedAsync<T>(run: () => Promise<T>): Promise<T | MigrationError> {
  try {
    return await run();
  } catch (error) {
    return checked(error);
  }
}

function checked(error: unknown): MigrationError {
  if (!(error instanceof MigrationError)) throw error;
  assert.match(error.code, /^E[A-Z0-9]+$/);
  assert.ok(error.errno < 0);
  assert.ok(error.message.length < MAX_MESSAGE, `a message of ${error.message.length} characters`);
  return error;
}
