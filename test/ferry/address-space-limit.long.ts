import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScript } from './support/child.js';
import { LIMIT } from './support/fixture.js';

test('at RLIMIT_AS: ENOMEM for what needs address space, a migration needs none', LIMIT, async () => {
  const { code, signal, output } = await runScript('address-space-limit');
  assert.deepEqual(
    { code, signal, output: output.trim().split('\n') },
    {
      code: 0,
      signal: null,
      output: [
        'open: ENOMEM',
        'allocate: ENOMEM',
        'prefill: done',
        'migrate: true 0 null',
        'migrate: true 0 null',
        'allocate: done',
        'open: done',
      ],
    },
  );
});
