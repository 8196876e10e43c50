import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSocket } from '../../src/cli/attach/check-socket.js';
import { runCli } from './run-cli.js';
import { CHANNELS, programAt, refused } from './support/param-scenes.js';

test('a second migrator is refused as busy', async (t) => {
  const at = ['--socket', await programAt(t)];
  assert.equal(runCli(['param', 'set', 'module/dcbm/parameters/offloading', 'on', ...at]).status, 0);
  refused(['set', 'module/mtcopy/parameters/offloading', 'on', ...at], /^error: EBUSY: .*'dcbm'/);
});

test("another user's socket is refused, unless root asks", async (t) => {
  const path = await programAt(t);
  const { geteuid } = process;
  if (geteuid === undefined) return;
  const mine = geteuid();
  t.after(() => void Object.assign(process, { geteuid }));
  process.geteuid = () => mine + 1;
  assert.throws(() => checkSocket(path), {
    code: 'EACCES',
    message: new RegExp(`another user \\(uid ${mine}\\)`),
  });
  process.geteuid = () => 0;
  checkSocket(path);
});

test('what listens but is no ferry is found out', async (t) => {
  for (const kind of ['strange', 'other-http'] as const) {
    const socket = await programAt(t, kind);
    refused(['ls', '--socket', socket], /^error: EIO: .*is not a ferry/);
    refused(['set', CHANNELS, '1', '--socket', socket], /^error: EIO: .*is not a ferry/);
  }
});

test('a program that does not answer is waited for 5 s', async (t) => {
  refused(['ls', '--socket', await programAt(t, 'silent')], /^error: ETIMEDOUT: .*within 5 s/);
});
