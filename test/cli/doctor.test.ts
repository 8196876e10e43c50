import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IN_PLACE_SOURCES } from '../../src/mm/ports/access-port.js';
import { runCli } from './run-cli.js';
import type { Report } from './support/doctor-report.js';
import { here } from './support/doctor-scenes.js';

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
