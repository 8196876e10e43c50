import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { IN_PLACE_SOURCES } from '../../src/mm/ports/access-port.js';
import { runCli } from './run-cli.js';
import { pageTables, type Report } from './support/doctor-report.js';

const directory = mkdtempSync(join(tmpdir(), 'pageferry-'));
after(() => rmSync(directory, { recursive: true }));

/** What this host says, for people and as a report: asked once, judged by several tests. */
const file = join(directory, 'doctor.json');
const { status, stdout: text } = runCli(['doctor', `--json=${file}`]);
const json = readFileSync(file, 'utf8');

test('doctor --json has its schema, and its exit code agrees with what it says', () => {
  const report = JSON.parse(json) as Report;
  assert.equal(report.schema, 'pageferry.doctor/1');
  assert.deepEqual(Object.keys(report), ['schema', 'host', 'canMigrate', 'checks']);
  for (const key of ['kernel', 'arch', 'cpuModel', 'cpus', 'memoryBytes', 'nodeVersion', 'nodes']) {
    assert.ok(key in report.host, key);
  }
  assert.equal(status, report.canMigrate ? 0 : 3);
  assert.equal(report.canMigrate, !report.checks.some((check) => check.status === 'missing'));
});

test('doctor says why for whatever is not ok, and what to do about it', () => {
  const report = JSON.parse(json) as Report;
  for (const { id, status, why, advice } of report.checks) {
    if (status === 'ok') continue;
    assert.ok(why, id);
    assert.ok(advice, id);
  }
});

test('doctor for people names every check and has no colours in a pipe', () => {
  assert.match(text, /^(ok|limited|missing) +node +v/m);
  assert.match(text, /^(ok|limited) +access sources .*\n(.*\n)* +Not rwp: /m);
  assert.ok(!text.includes('\u001b'));
});

test('doctor names every access source, and says what is lacking', () => {
  const check = (JSON.parse(json) as Report).checks.find(({ id }) => id === 'access sources');
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
  const check = pageTables(json);
  if (status === 3) {
    assert.equal(check, undefined);
    t.skip('this host cannot migrate real memory');
    return;
  }
  assert.ok(check !== undefined);
  if (check.status === 'ok') assert.match(check.found, /^[1-9]\d* moved/);
  else assert.match(check.why!, /one by one/);
});
