import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.js';
import { ReportFileError } from '../../src/cli/ui/errors.js';
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
  'sim fit': ['--machine', 'machine.json', '--figures', 'figures.csv'],
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
        `error: ${flag}: cannot write '${NONE}': '/no/such' does not exist (ENOENT)`,
      );
      assert.deepEqual([status, stdout], [2, '']);
    }
  });
}

test('a file that cannot be written has the reason of the system', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pageferry-'));
  try {
    const file = join(folder, 'file');
    const loop = join(folder, 'loop');
    writeFileSync(file, '');
    symlinkSync(loop, loop);
    const long = join(folder, 'x'.repeat(300));
    const cases: readonly (readonly [path: string, problem: string])[] = [
      [folder, `'${folder}' is a directory`],
      [
        join(folder, 'none', 'f'),
        `cannot write '${folder}/none/f': '${folder}/none' does not exist (ENOENT)`,
      ],
      [join(file, 'f'), `cannot write '${file}/f': '${file}' is not a directory (ENOTDIR)`],
      [loop, `cannot write '${loop}': '${loop}' has too many symbolic links (ELOOP)`],
      [long, `cannot write '${long}': '${long}' has too long a name (ENAMETOOLONG)`],
      ['/sys/kernel/f', `cannot write '/sys/kernel/f': '/sys/kernel' is not writable for this user (EACCES)`],
    ];
    for (const [path, problem] of cases) {
      if (path.startsWith('/sys/') && process.geteuid?.() === 0) continue;
      for (const flag of ['--json', '--html']) {
        const { status, stderr } = runCli(['sim', 'batch', '--count', '8', `${flag}=${path}`]);
        assert.deepEqual([status, stderr], [2, `error: ${flag}: ${problem}\n`]);
      }
    }
    for (const [code, where, problem] of [
      ['ENOENT', '/no', 'does not exist'],
      ['EACCES', '/no/f', 'is not writable for this user'],
      ['EROFS', undefined, 'The file system is read-only.'],
    ] as const) {
      const { message } = new ReportFileError('--json', '/no/f', Object.assign(new Error(), { code }));
      const expected = where === undefined ? `(${code}). ${problem}` : `: '${where}' ${problem} (${code})`;
      assert.ok(message.startsWith(`--json: cannot write '/no/f'`) && message.includes(expected), message);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

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
