import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from './run-cli.js';

test('a command whose output is piped says nothing on standard error', () => {
  const { status, stderr } = runCli(['sim', 'move', '--folio', '4K', '--bytes', '4M']);
  assert.deepEqual([status, stderr], [0, '']);
});
