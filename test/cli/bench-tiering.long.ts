import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { TieringBenchReport } from '../../src/bench/tiering/report.js';
import { POLICY_NAMES } from '../../src/policy/policies.js';
import { hostCannot, runCli } from './run-cli.js';

const skip = hostCannot();
const directory = mkdtempSync(join(tmpdir(), 'pageferry-'));
after(() => rmSync(directory, { recursive: true }));

const M = 2 ** 20;

test('bench tiering has a row for each program and policy, and loses nothing', { skip }, () => {
  const file = join(directory, 'report.json');
  const small = ['--bytes', '16M', '--seconds', '1', '--epoch-ms', '50', '--programs', 'zipf,hash-join'];
  const { status, stdout, stderr } = runCli(['bench', 'tiering', ...small, `--json=${file}`]);
  assert.equal(status, 0, stderr);
  const report = JSON.parse(readFileSync(file, 'utf8')) as TieringBenchReport;
  assert.equal(report.schema, 'pageferry.bench.tiering/1');
  assert.equal(report.options.bytes, 16 * M);
  assert.ok(report.accessNs.fast > 0 && report.accessNs.slow > 0);
  assert.deepEqual(
    report.rows.map(({ program, policy }) => `${program} ${policy}`),
    ['zipf', 'hash-join'].flatMap((program) => POLICY_NAMES.map((policy) => `${program} ${policy}`)),
  );
  for (const row of report.rows) {
    assert.equal(row.verified, true);
    assert.deepEqual([row.wrongValues, row.damaged], [0, 0]);
    assert.ok(row.accesses > 0);
    for (const part of [row.hitRatio, row.simHitRatio, row.firstTouchHitRatio, row.oracleHitRatio]) {
      assert.ok(part >= 0 && part <= 1, JSON.stringify(row));
    }
    // Nobody beats the hottest units. The place of a unit is known to a tenth of a second.
    assert.ok(row.firstTouchHitRatio <= row.oracleHitRatio + 1e-9);
    assert.ok(row.epochs > 0);
    assert.equal(row.promotedBytes % 4096, 0);
  }
  // The lowest units of zipf are the hottest ones, and on the fast node from the beginning.
  for (const row of report.rows.slice(0, POLICY_NAMES.length)) assert.ok(row.firstTouchHitRatio > 0.5);
  assert.match(stdout, /^zipf +auto +\d/m);
  assert.match(stdout, /^- wrong values: 0, damaged places: 0$/m);
});

test('bench tiering refuses bad options', { skip }, () => {
  for (const options of [
    ['--policy', 'best'],
    ['--programs', 'quake'],
    ['--fast', '0'],
    ['--epoch-ms', '1'],
    ['--profile', 'no-such-machine'],
  ]) {
    const { status, stderr } = runCli(['bench', 'tiering', ...options]);
    assert.equal(status, 2, options.join(' '));
    assert.notEqual(stderr, '');
  }
});
