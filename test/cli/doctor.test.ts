import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IN_PLACE_SOURCES } from '../../src/mm/ports/access-port.js';
import { sampled } from '../deep.js';
import { runCli, spawnCli } from './run-cli.js';
import { pageTables, type Report, under } from './support/doctor-report.js';

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
