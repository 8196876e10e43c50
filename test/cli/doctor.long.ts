import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampled } from '../deep.js';
import { spawnCli } from './run-cli.js';
import { type Report, under } from './support/doctor-report.js';

function on(platform: string): string[] {
  const code = `Object.defineProperty(process,'platform',{value:'${platform}'})`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

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
