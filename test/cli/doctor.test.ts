import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from './run-cli.js';

interface Report {
  readonly schema: string;
  readonly host: Record<string, unknown>;
  readonly canMigrate: boolean;
  readonly checks: readonly { id: string; status: string; found: string; why?: string; advice?: string }[];
}

function on(platform: string): string[] {
  const code = `Object.defineProperty(process,'platform',{value:'${platform}'})`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

test('doctor --json has its schema, and its exit code agrees with what it says', () => {
  const { status, stdout } = runCli(['doctor', '--json']);
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
  const report = JSON.parse(runCli(['doctor', '--json']).stdout) as Report;
  for (const { id, status, why, advice } of report.checks) {
    if (status === 'ok') continue;
    assert.ok(why, id);
    assert.ok(advice, id);
  }
});

test('doctor for people names every check and has no colours in a pipe', () => {
  const { stdout } = runCli(['doctor']);
  assert.match(stdout, /^(ok|limited|missing) +node +v/m);
  assert.ok(!stdout.includes('\u001b'));
});

for (const platform of ['darwin', 'win32']) {
  test(`on ${platform}, doctor says that Linux is needed, and the others exit with 3`, () => {
    const { status, stdout } = runCli(['doctor', '--json'], on(platform));
    const report = JSON.parse(stdout) as Report;
    assert.equal(status, 3);
    assert.equal(report.canMigrate, false);
    const system = report.checks.find(({ id }) => id === 'system');
    assert.equal(system?.status, 'missing');
    assert.match(system?.advice ?? '', /Linux 6\.8/);
    for (const args of [
      ['demo', '--size', '1M'],
      ['bench', 'move', '--bytes', '4M'],
    ]) {
      const refused = runCli(args, on(platform));
      assert.equal(refused.status, 3);
      assert.match(refused.stderr, /^error: .*Linux/);
    }
  });
}
