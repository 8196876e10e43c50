import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScript } from './support/child.js';
import type { Failure } from './support/failing-machine.js';
import { LIMIT } from './support/fixture.js';

for (const [call, when] of [
  ['unmap', 'after'],
  ['copyFrames', 'after'],
  ['map', 'before'],
] as const) {
  test(`the migration thread ends ${when} ${call} while the ferry's owner sleeps in a page that is out`, {
    ...LIMIT,
  }, async () => {
    const failure: Failure = { call, when, nth: 4, how: 'exit' };
    const { code, signal, output } = await runScript('owner-asleep', JSON.stringify(failure));
    assert.match(output, /nothing is lost\n/);
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, output);
  });
}
