import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runNode, scriptOf } from './support/run-program.js';

test('memory that is held weakly is freed and released, and calls need not keep the process alive', () => {
  const { code, stdout, stderr } = runNode(['--expose-gc', scriptOf('weak')]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(stdout, `held ${24 * 2 ** 20}\n`);
});
