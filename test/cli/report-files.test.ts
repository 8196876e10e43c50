import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.js';
import { runCli } from './run-cli.js';

const NONE = '/no/such/report.file';
const FULL = '/dev/full';

function leavesOf(command: Command, path: readonly string[] = []): (readonly [string[], Command])[] {
  return command.commands.flatMap((each) => {
    const here = [...path, each.name()];
    return each.commands.length > 0 ? leavesOf(each, here) : [[here, each] as const];
  });
}

/** Arguments that a command needs. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  compare: ['a.json', 'b.json'],
  'heat report': ['heap.pfheat'],
  'param ls': ['--socket', '/no/such.sock'],
  'param get': ['x', '--socket', '/no/such.sock'],
};

const program = createProgram(() => undefined);
const FLAGS = new Set(['--json', '--html', '--out', '--trace']);

for (const [path, command] of leavesOf(program)) {
  const name = path.join(' ');
  const flags = [...command.options, ...program.options].flatMap(({ long }) =>
    FLAGS.has(long!) ? [long!] : [],
  );
  test(`'${name}' names the flag and the file that cannot be written, before it does anything`, () => {
    for (const flag of flags) {
      if (flag === '--trace' && name !== 'sim move') continue;
      const { status, stdout, stderr } = runCli([...path, ...(NEEDED[name] ?? []), `${flag}=${NONE}`]);
      assert.equal(
        stderr.split('\n')[0],
        `error: ${flag}: cannot write '${NONE}': the directory '/no/such' is not writable (ENOENT)`,
      );
      assert.deepEqual([status, stdout], [2, '']);
    }
  });
}

const FAILING: readonly (readonly [flag: string, args: string])[] = [
  ['--json', 'sim batch --count 8'],
  ['--html', 'sim batch --count 8'],
  ['--trace', 'sim batch --count 8'],
  ['--json', 'explore --scenario swap --schedules 2'],
];

test('a report that fails when it is written names the flag and the file', {
  skip: !existsSync(FULL),
}, () => {
  for (const [flag, args] of FAILING) {
    const { status, stderr } = runCli([...args.split(' '), `${flag}=${FULL}`]);
    assert.equal(
      stderr,
      `error: ${flag}: cannot write '${FULL}' (ENOSPC). The file system is full. Free some space.\n`,
    );
    assert.equal(status, 1);
  }
});

test('explore says nothing of its progress where nobody watches', () => {
  const { status, stdout, stderr } = runCli(['explore', '--scenario', 'swap', '--schedules', '2']);
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /swap +\d+ +\d+ +\d+ +ok/);
});
