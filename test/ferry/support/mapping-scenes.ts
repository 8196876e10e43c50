import assert from 'node:assert/strict';
import { MigrationError } from '../../../src/common/migration-error.js';

export const TOO_HIGH = 'vm.max_map_count is too high here to be reached';

export const PAGES = 64;

/** What an attempt threw: made and read outside of the limit, for there nothing may be allocated. */
export function failure(attempt: () => void): unknown {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error;
  }
}

export function assertNoMemory(error: unknown, operation: string): void {
  assert.ok(error instanceof MigrationError, String(error));
  assert.deepEqual([error.code, error.operation], ['ENOMEM', operation]);
  assert.match(error.message, /vm\.max_map_count/);
}
