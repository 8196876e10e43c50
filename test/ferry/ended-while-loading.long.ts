import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScript } from './support/child.js';
import { LIMIT } from './support/fixture.js';

// koffi's native code ends the process by SIGABRT if its thread is ended while it loads.

test('a ferry may be closed while it loads a module', LIMIT, async () => {
  const end = await runScript('close-while-loading');
  assert.deepEqual([end.code, end.signal], [0, null], end.output);
  assert.match(end.output, /closed 25 times/);
});

test('a process may exit while a ferry opens', LIMIT, async () => {
  for (let ms = 30; ms < 130; ms += 4) {
    const end = await runScript('exit-while-opening', String(ms));
    assert.deepEqual([end.code, end.signal], [3, null], `after ${ms} ms: ${end.output}`);
  }
});
