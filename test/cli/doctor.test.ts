import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { IN_PLACE_SOURCES } from '../../src/mm/ports/access-port.js';
import { sampled } from '../deep.js';
import { runCli, spawnCli } from './run-cli.js';

interface Report {
  readonly schema: string;
  readonly host: Record<string, unknown>;
  readonly canMigrate: boolean;
  readonly checks: readonly {
    id: string;
    status: string;
    found: string;
    lines?: string[];
    why?: string;
    advice?: string;
    details?: object;
  }[];
}

function pageTables(stdout: string): Report['checks'][number] | undefined {
  return (JSON.parse(stdout) as Report).checks.find(({ id }) => id === 'page tables');
}

/** A process in which page tables are not moved, for one reason. */
function under(obstacle: string): string[] {
  return ['--import', fileURLToPath(new URL(`./obstacles/${obstacle}.js`, import.meta.url))];
}

function on(platform: string): string[] {
  const code = `Object.defineProperty(process,'platform',{value:'${platform}'})`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

/** What this host says: asked once, judged by several tests. */
const here = runCli(['doctor', '--json']);

test('doctor --json has its schema, and its exit code agrees with what it says', () => {
  const { status, stdout } = here;
  const report = JSON.parse(stdout) as Report;
  assert.equal(report.schema, 'pageferry.doctor/1');
  assert.deepEqual(Object.keys(report), ['schema', 'host', 'canMigrate', 'checks']);
  for (const key of ['kernel', 'arch', 'cpuModel', 'cpus', 'memoryBytes', 'nodeVersion', 'nodes']) {
    assert.ok(key in report.host, key);
  }
  assert.equal(status, report.canMigrate ? 0 : 3);
  assert.equal(report.canMigrate, !report.checks.some((check) => check.status === 'missing'));
});

test('doctor says why for whatever is not ok, and what to do about it', () => {
  const report = JSON.parse(here.stdout) as Report;
  for (const { id, status, why, advice } of report.checks) {
    if (status === 'ok') continue;
    assert.ok(why, id);
    assert.ok(advice, id);
  }
});

test('doctor for people names every check and has no colours in a pipe', () => {
  const { stdout } = runCli(['doctor']);
  assert.match(stdout, /^(ok|limited|missing) +node +v/m);
  assert.match(stdout, /^(ok|limited) +access sources .*\n(.*\n)* +Not rwp: /m);
  assert.ok(!stdout.includes('\u001b'));
});

for (const platform of sampled(['darwin', 'win32'], 1)) {
  test(`on ${platform}, doctor says that Linux is needed, and the others exit with 3`, () => {
    const { status, stdout } = spawnCli(['doctor', '--json'], on(platform));
    const report = JSON.parse(stdout) as Report;
    assert.equal(status, 3);
    assert.equal(report.canMigrate, false);
    const system = report.checks.find(({ id }) => id === 'system');
    assert.equal(system?.status, 'missing');
    assert.match(system?.advice ?? '', /Linux 6\.8/);
    for (const args of [
      ['demo', '--bytes', '1M'],
      ['bench', 'move', '--bytes', '4M'],
    ]) {
      const refused = spawnCli(args, on(platform));
      assert.equal(refused.status, 3);
      assert.match(refused.stderr, /^error: .*Linux/);
    }
  });
}

test('where base pages are not 4 KiB, doctor says so and looks no further', () => {
  const { status, stdout } = spawnCli(['doctor', '--json'], under('large-base-pages'));
  const { canMigrate, checks } = JSON.parse(stdout) as Report;
  assert.deepEqual([status, canMigrate], [3, false]);
  assert.deepEqual(
    checks.filter((check) => check.status === 'missing').map(({ id }) => id),
    ['base pages'],
  );
  const { why, advice } = checks.at(-1)!;
  assert.match(why!, /base pages of 65536 bytes are not supported/);
  assert.match(advice!, /4K pages/);
});

test('doctor names every access source, and says what is lacking', () => {
  const check = (JSON.parse(here.stdout) as Report).checks.find(({ id }) => id === 'access sources');
  assert.ok(check !== undefined);
  const { sources } = check.details as { sources: { name: string; problem: string | null; needs: string }[] };
  assert.deepEqual(
    sources.map(({ name }) => name),
    ['hint', ...IN_PLACE_SOURCES, 'rwp'],
  );
  for (const { problem, needs } of sources) {
    assert.ok(needs.length > 0);
    assert.ok(problem === null || problem.length > 0);
  }
  const has = sources.filter(({ problem }) => problem === null).map(({ name }) => name);
  assert.equal(check.found, has.join(', ') || 'none');
  assert.equal(has.includes('rwp'), false, 'no source uses it yet');
  assert.equal(check.status, has.includes('hint') || has.includes('referenced') ? 'ok' : 'limited');
  assert.deepEqual(
    check.lines,
    sources.flatMap(({ name, problem }) => (problem === null ? [] : [`Not ${name}: ${problem}.`])),
  );
});

test('doctor moves page tables, and says how many', (t) => {
  const { status, stdout } = here;
  const check = pageTables(stdout);
  if (status === 3) {
    assert.equal(check, undefined);
    t.skip('this host cannot migrate real memory');
    return;
  }
  assert.ok(check !== undefined);
  if (check.status === 'ok') assert.match(check.found, /^[1-9]\d* moved/);
  else assert.match(check.why!, /one by one/);
});

for (const [obstacle, why] of sampled(
  [
    ['ring', /pinned memory of this process: an io_uring \(descriptor \d+\)/],
    ['locked', /mlock/],
  ] as const,
  1,
)) {
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
