import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScriptWith } from './support/child.js';
import { LIMIT } from './support/fixture.js';

test(
  'shared memory that was released and dropped is freed by the next collection of its own thread',
  LIMIT,
  async () => {
    const result = await runScriptWith(['--expose-gc'], 'freed');
    assert.deepEqual(result, {
      code: 0,
      signal: null,
      output: 'release freed\nallocated freed\nweak freed\nhung kept\nat rest freed\n',
    });
  },
);
