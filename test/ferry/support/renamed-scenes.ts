import assert from 'node:assert/strict';
import { MigrationError } from '../../../src/index.js';

/** The error of an option with its old name: it names the option, and its advice the new one. */
export function renamed(before: string, now: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof MigrationError);
    assert.deepEqual([error.code, error.argument], ['EINVAL', `options.${before}`]);
    assert.equal(error.advice, `The option was renamed. Use ${now}.`);
    return true;
  };
}

export const BATCH_BYTES = 'batchBytes, in bytes (a page has 4096)';
