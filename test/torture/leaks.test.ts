import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LEAK_FLAGS } from './leak-cycle.js';

const LEAKS = fileURLToPath(new URL('./leaks.js', import.meta.url));

test('memory, mappings, threads and descriptors stay flat over 1,000 migrations', {
  timeout: 240_000,
}, async () => {
  const small = ['--migrations', '1000', '--bytes', '65536', '--warm-up', '150', '--ferries', '1'];
  const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) => {
    execFile(process.execPath, [...LEAK_FLAGS, LEAKS, ...small], { timeout: 230_000 }, (error, out, err) =>
      resolve({ code: error?.code ?? 0, output: out + err }),
    );
  });
  assert.equal(code, 0, output);
  assert.equal(output.match(/^flat/gm)?.length, 2, output);
});
