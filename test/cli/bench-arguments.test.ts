import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchArguments } from '../../src/cli/serve/bench-arguments.js';

test('options become arguments', () => {
  assert.deepEqual(benchArguments('move', { folio: '4K,2M', runs: '3' }), [
    '--folio',
    '4K,2M',
    '--runs',
    '3',
  ]);
});

test('an option with another name has the name in its advice', () => {
  for (const [bench, name, now] of [
    ['move', 'batch', 'folios-per-call'],
    ['stall', 'batch', 'batch-bytes, in bytes (a page has 4K)'],
    ['stall', 'concurrency', 'copy-mode exclusive or copy-mode write-protected'],
  ] as const) {
    assert.throws(() => benchArguments(bench, { [name]: '1' }), {
      argument: `options.${name}`,
      advice: `The option has another name. Use ${now}.`,
    });
  }
});

test('nothing that names a file, is an option itself, or is no option gets through', () => {
  for (const options of [
    { json: 'x' },
    { trace: 'x' },
    { html: 'x' },
    { __proto__x: 'y' },
    { folio: '--json' },
    { folio: '/etc/passwd' },
    { folio: '4K --json=x' },
    { folio: '4K\n' },
    { folio: '' },
    { folio: 'x'.repeat(300) },
  ]) {
    assert.throws(
      () => benchArguments('move', options as unknown as Record<string, string>),
      { code: 'EINVAL' },
      JSON.stringify(options),
    );
  }
});
