import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '../../ferry/support/parameter-server-fixture.js';
import { type Kind, startProgram } from '../listening-program.js';
import { runCli } from '../run-cli.js';

export const CHANNELS = 'module/dcbm/parameters/nr_dma_chan';

/** Path of the socket of a program of its own. */
export async function programAt(t: TestContext, kind: Kind = 'ferry'): Promise<string> {
  const path = join(temporaryFolder(t), 's');
  const child = await startProgram(path, kind);
  t.after(() => void child.kill('SIGKILL'));
  return path;
}

export function refused(args: readonly string[], named: RegExp, status = 1): void {
  const result = runCli(['param', ...args]);
  assert.deepEqual([result.status, result.stdout], [status, ''], result.stderr);
  assert.match(result.stderr, named);
  assert.doesNotMatch(result.stderr, /^\s+at /m);
}
