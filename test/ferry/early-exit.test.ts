import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { LIMIT } from './support/fixture.js';

/** A preloaded module of the program's that ends every other thread before it does anything. */
const PRELOAD = `data:text/javascript,${encodeURIComponent(
  "import { isMainThread } from 'node:worker_threads'; if (!isMainThread) process.exit(3);",
)}`;

const PROGRAM = `
  import { openFerry } from '${new URL('../../src/index.js', import.meta.url)}';
  const { code, message } = await openFerry().catch((error) => error);
  console.log(JSON.stringify({ code, message }));
`;

test('openFerry rejects when its thread ends before it is ready', LIMIT, () => {
  const env = { ...process.env, NODE_OPTIONS: `--import=${PRELOAD}` };
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  const { code, message } = JSON.parse(output) as { code: string; message: string };
  assert.equal(code, 'ENODEV');
  assert.match(message, /cannot start the migration thread.* code 3/);
});
