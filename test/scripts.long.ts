import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));

const RUNS = [
  'fuzz/run',
  'torture/swap',
  'torture/eexist',
  'torture/torture',
  'torture/leaks',
  'torture/stalls',
];

test('every long run has help, and refuses an option that it does not have', async () => {
  const run = async (file: string, flag: string): Promise<readonly [code: unknown, output: string]> => {
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [join(here, `${file}.js`), flag]);
      return [0, stdout];
    } catch (error) {
      const { code, stderr } = error as { code: unknown; stderr: string };
      return [code, stderr];
    }
  };
  for (const file of RUNS) {
    const [help, wrong] = await Promise.all([run(file, '--help'), run(file, '--no-such-option')]);
    assert.equal(help[0], 0, file);
    assert.match(help[1], /^Usage: [a-z]+ \[options\]\n/, file);
    assert.deepEqual(wrong, [2, "error: unknown option '--no-such-option'\n"], file);
  }
});
