import assert from 'node:assert/strict';
import { type AdoptableBuffer, type Ferry, MigrationError } from '../../../src/index.js';

/** The refusal to adopt something that the types would not allow either. */
export function refused(ferry: Ferry, value: unknown): MigrationError {
  try {
    ferry.adopt(value as AdoptableBuffer);
  } catch (error) {
    assert.ok(error instanceof MigrationError, String(error));
    assert.equal(error.code, 'EINVAL');
    assert.equal(error.operation, 'adopt');
    assert.equal(error.argument, 'buffer');
    assert.ok(error.message.startsWith('adopt: EINVAL: buffer: '), error.message);
    return error;
  }
  return assert.fail('was adopted');
}
