import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { spawnCli } from './run-cli.js';
import { pageTables, under } from './support/doctor-report.js';

for (const [obstacle, why] of [
  ['ring', /pinned memory of this process: an io_uring \(descriptor \d+\)/],
  ['locked', /mlock/],
] as const) {
  test(`doctor says why no page table is moved: ${obstacle}`, (t) => {
    const { status, stdout, stderr } = spawnCli(['doctor', '--json'], under(obstacle));
    if (status === 3 || stderr.includes('not permitted')) {
      t.skip(status === 3 ? 'this host cannot migrate real memory' : stderr);
      return;
    }
    const check = pageTables(stdout);
    assert.equal(check?.status, 'limited');
    assert.match(check.why!, why);
    assert.ok(check.advice);
  });
}

test('doctor says so where vm.overcommit_memory is 2', (t) => {
  // A mount of this process's own over the file: the setting itself is everybody's.
  const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
  const script =
    'printf 2 > "$0" && mount --bind "$0" /proc/sys/vm/overcommit_memory || exit 99; exec "$1" "$2" doctor --json';
  const file = join(mkdtempSync(join(tmpdir(), 'pageferry-')), 'overcommit');
  const { status, stdout } = spawnSync('unshare', ['-m', 'sh', '-c', script, file, process.execPath, main], {
    encoding: 'utf8',
    timeout: 240_000,
  });
  rmSync(dirname(file), { recursive: true });
  if (status !== 0) {
    t.skip(`no mount of its own here, or no migration: ${status}`);
    return;
  }
  const check = pageTables(stdout);
  assert.equal(check?.status, 'limited');
  assert.match(check.why!, /vm\.overcommit_memory is 2/);
  assert.match(check.advice!, /sysctl/);
});
