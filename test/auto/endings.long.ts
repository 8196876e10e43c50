import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PRELOAD, runNode, scriptOf } from './support/run-program.js';

const ENDINGS = ['return', 'code', 'exit', 'throw', 'reject', 'term', 'usr2', 'handled', 'uncaught'];

/** Before the ferry opens, while it does, and with the autopilot. */
for (const afterMs of ['0', '400', '2500']) {
  for (const how of afterMs === '2500' ? [...ENDINGS, 'worker', 'terminate'] : ENDINGS) {
    test(`a program ends as without: ${how} after ${afterMs} ms`, () => {
      const args = [scriptOf('endings'), how, afterMs];
      const alone = runNode(args);
      const preloaded = runNode(['--require', PRELOAD, ...args]);
      assert.match(alone.stdout, /^made \d+/);
      assert.deepEqual(preloaded, alone);
    });
  }
}

test('a program that never settles ends with code 13', () => {
  const alone = runNode([scriptOf('unsettled')]);
  const preloaded = runNode(['--require', PRELOAD, scriptOf('unsettled')]);
  assert.equal(alone.code, 13);
  assert.deepEqual(preloaded, alone);
});
