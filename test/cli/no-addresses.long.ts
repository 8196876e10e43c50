import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { likelyAddresses } from '../ferry/support/addresses.js';
import { startProgram } from './listening-program.js';
import { hostCannot, runCli } from './run-cli.js';

const skip = hostCannot();
const SMALL = [
  '--bytes',
  '4M',
  '--copy-bytes',
  '4M',
  '--warm-up',
  '1',
  '--runs',
  '1',
  '--folio',
  '4K',
  '--migrator',
  'dcbm,mtcopy',
  '--inject',
  'fail-folio=3',
];

/** Commands, with what each is to say at least: else a test of what they do not say would show nothing. */
function commands(
  folder: string,
  socket: string,
): readonly (readonly [args: readonly string[], says: RegExp])[] {
  return [
    [['doctor'], /userfaultfd/],
    [['doctor', '--json'], /"schema"/],
    [['demo', '--bytes', '8M', '--seconds', '0.3', '--migrator', 'dcbm'], /lost/],
    [['demo', '--bytes', '8M', '--seconds', 'x'], /error/],
    [['bench', 'move', ...SMALL, `--json=${join(folder, 'report')}`], /dcbm/],
    [
      ['bench', 'move', '--bytes', '4M', '--copy-bytes', '4M', '--migrator', 'dcbm', '--device', 'idxd'],
      /error/,
    ],
    [['param', 'ls', '--socket', socket], /module/],
    [['param', 'ls', '--json', '--socket', socket], /module/],
    [['param', 'set', 'module/dcbm/parameters/nr_dma_chan', '99', '--socket', socket], /EINVAL/],
    [['param', 'get', 'module/x', '--socket', socket], /ENOENT/],
    [['param', 'get', 'module/x', '--socket', folder], /error/],
    [['nonsense'], /error/],
  ];
}

test('no command prints an address', { skip, timeout: 180_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pf-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const socket = join(folder, 's');
  const child = await startProgram(socket, 'ferry');
  t.after(() => void child.kill('SIGKILL'));
  for (const [args, says] of commands(folder, socket)) {
    const { stdout, stderr } = runCli(args);
    assert.match(stdout + stderr, says, args.join(' '));
    assert.deepEqual(likelyAddresses(stdout + stderr), [], args.join(' '));
  }
  assert.deepEqual(likelyAddresses(readFileSync(join(folder, 'report'), 'utf8')), []);
});
