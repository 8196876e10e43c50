import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { type MigrateResult, MigrationAbortedError, MigrationError } from '../../src/index.js';

/** Compiles only if a `switch` over `code` narrows, and knows which names there are. */
function kindOf({ code }: MigrationError): 'busy' | 'stopped' | 'other' {
  switch (code) {
    case 'EBUSY': {
      const narrowed: 'EBUSY' = code;
      return narrowed === 'EBUSY' ? 'busy' : 'other';
    }
    case 'ABORT_ERR':
      return 'stopped';
    // @ts-expect-error: no code has this name.
    case 'EBUZY':
      return 'other';
    default:
      return 'other';
  }
}

test('code and errno say the same, whether the error is made of a name or of a number', () => {
  const details = { operation: 'test' };
  for (const [name, number] of Object.entries(ERRNO)) {
    for (const code of [name as keyof typeof ERRNO, number]) {
      const error = new MigrationError(code, 'a problem', details);
      assert.equal(error.code, name);
      assert.equal(error.errno, -number);
      assert.equal(error.name, 'MigrationError');
      assert.equal(error.message, `test: ${name}: a problem`);
    }
  }
  for (const code of [71, 'errno 71'] as const) {
    const error = new MigrationError(code, 'a problem', details);
    assert.equal(error.code, 'errno 71');
    assert.equal(error.errno, -71);
  }
  assert.equal(kindOf(new MigrationError('EBUSY', 'a problem', details)), 'busy');
  assert.equal(kindOf(new MigrationError('EIO', 'a problem', details)), 'other');
});

test('what a signal has stopped is an AbortError as Node has it', async () => {
  const reason = new Error('why');
  const result = { foliosMoved: 3 } as MigrateResult;
  const error = new MigrationAbortedError(result, reason);
  const ofNode: unknown = await import('node:timers/promises').then(({ setTimeout: delay }) =>
    delay(1, undefined, { signal: AbortSignal.abort(reason) }).catch((caught: unknown) => caught),
  );
  assert.ok(ofNode instanceof Error && 'code' in ofNode);
  assert.equal(error.name, ofNode.name);
  assert.equal(error.code, ofNode.code);
  assert.equal(error.cause, ofNode.cause);
  assert.equal(error.errno, -ERRNO.ECANCELED);
  assert.equal(kindOf(error), 'stopped');
  const { code, name }: { code: 'ABORT_ERR'; name: 'AbortError' } = error;
  assert.deepEqual([code, name, error.result.foliosMoved], ['ABORT_ERR', 'AbortError', 3]);
});
