import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScriptWith } from './support/child.js';
import { LIMIT } from './support/fixture.js';

// For every thread of the process, the migration thread too: small heaps, whole collections only, and all is moved.
const PRESSURE = ['--expose-gc', '--gc-global', '--max-semi-space-size=1', '--compact-on-every-full-gc'];

test('garbage collection throughout: what is adopted stays, what is released goes', LIMIT, async () => {
  const { code, signal, output } = await runScriptWith(PRESSURE, 'garbage');
  assert.deepEqual(
    { code, signal, output },
    { code: 0, signal: null, output: 'collected 4 of 4, true\nheld true\n' },
  );
});
