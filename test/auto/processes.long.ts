import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { CLI, PRELOAD, REFUSE, runNode, scriptOf } from './support/run-program.js';

const SMALL = { PAGEFERRY_AUTO_MIN_SIZE: '4M' };
const PROGRAM = scriptOf('processes');
const alone = runNode([PROGRAM]);

for (const [way, args, variables] of [
  ['--require', ['--require', PRELOAD, PROGRAM], {}],
  ['--require in NODE_OPTIONS', [PROGRAM], { NODE_OPTIONS: `--require ${PRELOAD}` }],
  ['--import in NODE_OPTIONS', [PROGRAM], { NODE_OPTIONS: `--import ${pathToFileURL(PRELOAD)}` }],
  ['pageferry run', [CLI, 'run', PROGRAM], {}],
] as const) {
  test(`threads, child processes and a cluster are as without: ${way}`, () => {
    assert.deepEqual([alone.code, alone.stderr], [0, '']);
    assert.match(alone.stdout, /worker 0 null\n$/);
    assert.deepEqual(runNode(args, { ...SMALL, ...variables }), alone);
  });
}

test('each thread and each process has a report of its own, and the first one serves', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pageferry-auto-'));
  try {
    const variables = {
      ...SMALL,
      NODE_OPTIONS: `--require ${PRELOAD}`,
      PAGEFERRY_AUTO_REPORT: join(folder, 'report.json'),
      PAGEFERRY_AUTO_SOCKET: join(folder, 'ferry.sock'),
    };
    assert.deepEqual(runNode([PROGRAM], variables), alone);
    const files = readdirSync(folder);
    const reports = files.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
    assert.equal(new Set(reports.map(({ pid, thread }) => `${pid} ${thread}`)).size, files.length);
    // The process, three threads (one has no environment), three child processes, two workers of the cluster.
    assert.equal(files.length, 9, files.join());
    // The first process is there long enough.
    assert.ok(JSON.parse(readFileSync(variables.PAGEFERRY_AUTO_REPORT, 'utf8')).adopted.count > 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

for (const errno of ['EPERM', 'ENOSYS']) {
  test(`without userfaultfd (${errno}) the program runs unchanged, and each process says once why`, {
    skip: process.platform !== 'linux' && 'seccomp is of Linux',
  }, () => {
    const flags = ['--require', REFUSE, '--require', PRELOAD];
    const { stdout, stderr, code } = runNode([...flags, PROGRAM], { ...SMALL, REFUSED_BY: errno });
    assert.equal(code, 0);
    assert.equal(stdout, alone.stdout);
    const lines = stderr.split('\n').filter((line) => line !== '');
    // The process, its forked one, and two workers of the cluster.
    assert.equal(lines.length, 4, stderr);
    for (const line of lines)
      assert.match(line, /^pageferry: the program runs unchanged: openFerry: E[A-Z]+: /);
  });
}
