import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ParameterInfo } from '../../src/parameters/parameter-tree.js';
import { temporaryFolder } from '../ferry/support/parameter-server-fixture.js';
import { startProgram } from './listening-program.js';
import { runCli } from './run-cli.js';
import { CHANNELS, programAt, refused } from './support/param-scenes.js';

test('get prints the value, with a slash before the path or without', async (t) => {
  const socket = await programAt(t);
  for (const path of [CHANNELS, `/${CHANNELS}`]) {
    const { status, stdout, stderr } = runCli(['param', 'get', '--socket', socket, path]);
    assert.deepEqual([status, stdout, stderr], [0, '1\n', '']);
    const { stdout: json } = runCli(['param', 'get', '--json', '--socket', socket, path]);
    assert.deepEqual(JSON.parse(json), { path: CHANNELS, value: '1' });
  }
});

test('set changes the value, and says nothing', async (t) => {
  const socket = await programAt(t);
  const { status, stdout, stderr } = runCli(['param', 'set', CHANNELS, '0x10', '--socket', socket]);
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
  assert.equal(runCli(['param', 'get', CHANNELS, '--socket', socket]).stdout, '16\n');
});

test('the socket may come from the environment', async (t) => {
  Object.assign(process.env, { PAGEFERRY_SOCKET: await programAt(t) });
  t.after(() => void Reflect.deleteProperty(process.env, 'PAGEFERRY_SOCKET'));
  assert.equal(runCli(['param', 'get', CHANNELS]).stdout, '1\n');
});

test('ls prints a line for each parameter, all of them or those below a path', async (t) => {
  const socket = await programAt(t);
  const all = runCli(['param', 'ls', '--socket', socket]);
  assert.equal(all.status, 0);
  assert.match(all.stdout, /^path +may +value\n/);
  assert.match(all.stdout, /^module\/dcbm\/parameters\/folios_migrated +rw +512$/m);
  assert.match(all.stdout, /^module\/pageferry\/parameters\/active_migrator +r +none$/m);
  const some = runCli(['param', 'ls', '/module/mtcopy', '--socket', socket]).stdout.trim().split('\n');
  assert.equal(some.length, 5);
  assert.ok(some.slice(1).every((line) => line.startsWith('module/mtcopy/')));
});

test('ls --json has what the API lists', async (t) => {
  const socket = await programAt(t);
  const list = JSON.parse(
    runCli(['param', 'ls', '--json', '--socket', socket, CHANNELS]).stdout,
  ) as ParameterInfo[];
  assert.deepEqual(list, [
    {
      path: CHANNELS,
      value: '1',
      writable: true,
      description: 'maximum number of DMA channels of dcbm, 1 to 16',
    },
  ]);
});

test('what the ferry refuses is said with its errno, and the exit code is 1', async (t) => {
  const socket = await programAt(t);
  const at = ['--socket', socket];
  refused(['get', 'module/x', ...at], /^error: ENOENT: path: unknown parameter 'module\/x'\. Known: .*\n$/);
  for (const path of ['', '/', 'naïve path', '%', '..']) refused(['get', path, ...at], /^error: ENOENT: /);
  refused(['ls', 'module/dc', ...at], /^error: ENOENT: .*'module\/dc'/);
  for (const value of ['17', '0', 'x', '-1', '', '1.5', '99999999999999999999']) {
    refused(
      ['set', CHANNELS, value, ...at],
      /^error: EINVAL: .*nr_dma_chan: must be an integer from 1 to 16/,
    );
  }
  refused(
    ['set', 'module/pageferry/parameters/active_migrator', 'cpu', ...at],
    /^error: EACCES: .*read-only/,
  );
  refused(['set', CHANNELS, '1'.repeat(5000), ...at], /^error: E2BIG: .*4096/);
  assert.equal(runCli(['param', 'get', CHANNELS, ...at]).stdout, '1\n');
});

test('wrong usage exits with 2', () => {
  refused(['get', CHANNELS], /^error: --socket: .*PAGEFERRY_SOCKET/, 2);
  refused(['get', CHANNELS, '--socket', ''], /^error: --socket: /, 2);
  refused(['get', CHANNELS, '--socket', `/tmp/${'x'.repeat(200)}`], /^error: --socket: .*ENAMETOOLONG/, 2);
  refused(['get', '--socket', '/tmp/x'], /missing required argument 'path'/, 2);
  refused(['set', CHANNELS, '--socket', '/tmp/x'], /missing required argument 'value'/, 2);
  refused(['set', CHANNELS, '1', '2', '--socket', '/tmp/x'], /too many arguments/, 2);
  refused(['dump'], /unknown command 'dump'/, 2);
  refused([], /Usage: pageferry param/, 2);
});

test('a path where no ferry can be asked is refused with the reason', async (t) => {
  const folder = temporaryFolder(t);
  const ended = join(folder, 'ended');
  const child = await startProgram(ended, 'ferry');
  child.kill('SIGKILL');
  await once(child, 'exit');
  writeFileSync(join(folder, 'file'), '');
  refused(['ls', '--socket', join(folder, 'missing')], /^error: ENOENT: --socket: .* does not exist/);
  refused(['ls', '--socket', join(folder, 'file/s')], /^error: ENOTDIR: --socket: .* does not exist/);
  refused(['ls', '--socket', join(folder, 'file')], /^error: ENOTSOCK: /);
  refused(['ls', '--socket', folder], /^error: ENOTSOCK: /);
  refused(['ls', '--socket', ended], /^error: ECONNREFUSED: --socket: no process listens at /);
});

test('help tells the exit codes', () => {
  for (const args of [['param'], ['param', 'ls'], ['param', 'get'], ['param', 'set']]) {
    const { status, stdout } = runCli([...args, '--help']);
    assert.equal(status, 0);
    assert.match(stdout, /Exit codes:\n {2}0/);
    assert.deepEqual(
      stdout.split('\n').filter((line) => line.length > 80),
      [],
    );
  }
});
