import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PROGRAMS } from '../../src/bench/heat/options.js';
import type { HeatReport } from '../../src/bench/heat/report.js';
import { hostCannot, runCli } from './run-cli.js';

const skip = hostCannot();
const directory = mkdtempSync(join(tmpdir(), 'pageferry-'));
after(() => rmSync(directory, { recursive: true }));

const SMALL = ['--bytes', '16M', '--seconds', '0.5', '--interval', '100'];
const M = 2 ** 20;

/** Runs it, and checks what is true of every report. */
function bench(...options: string[]): { report: HeatReport; stdout: string } {
  const file = join(directory, 'report.json');
  const { status, stdout, stderr } = runCli(['bench', 'heat', ...SMALL, ...options, `--json=${file}`]);
  assert.equal(status, 0, stderr);
  assert.deepEqual(
    stdout.split('\n').filter((line) => line.length > 80),
    [],
  );
  const report = JSON.parse(readFileSync(file, 'utf8')) as HeatReport;
  assert.equal(report.schema, 'pageferry.bench.heat/1');
  assert.equal(report.options.bytes, 16 * M);
  for (const row of report.rows) {
    assert.equal(row.verified, true);
    assert.deepEqual([row.wrongValues, row.damaged], [0, 0]);
    assert.ok(row.accesses > 0);
    assert.equal(row.counted, row.accesses);
    assert.ok(row.snapshots > 0);
    assert.equal(row.precision === null && row.recall === null, row.even);
    for (const part of [row.precision, row.recall, row.captured]) {
      if (part === null) continue;
      assert.ok(part.min >= 0 && part.min <= part.median && part.median <= part.max);
    }
    assert.ok(row.trueShare > 0 && row.trueShare <= 1);
    assert.ok(row.cpuPercent >= 0);
    assert.ok(row.rounds.length >= 2);
    for (const { offPerSecond, onPerSecond, offP9999us, onP9999us } of row.rounds) {
      assert.ok(offPerSecond > 0 && onPerSecond > 0 && offP9999us > 0 && onP9999us > 0);
    }
  }
  return { report, stdout };
}

test('bench heat has a row for each program, and counts all accesses', { skip }, () => {
  const { report, stdout } = bench('--source', 'hint');
  assert.deepEqual(
    report.rows.map(({ program, source }) => `${program} ${source}`),
    PROGRAMS.map((program) => `${program} hint`),
  );
  const row = (name: string) => report.rows.find(({ program }) => program === name)!;
  for (const program of PROGRAMS) {
    assert.equal(row(program).truth, program === 'hot-set' ? 'interval' : 'phase');
    assert.equal(row(program).lag !== null, program === 'hot-set');
  }
  assert.deepEqual([row('uniform').even, row('uniform').precision], [true, null]);
  // One of eight units has the most frequent pages.
  for (const name of ['zipf', 'zipf-scattered', 'hot-set']) {
    assert.equal(row(name).even, false);
    assert.ok(row(name).trueShare > 0.3);
  }
  assert.ok(Math.abs(row('zipf').trueShare - row('zipf-scattered').trueShare) < 0.05);
  assert.match(stdout, /^uniform +hint +even +even +even/m);
  assert.match(stdout, /^- wrong values: 0, damaged places: 0, accesses counted: all$/m);
});

test('each source of the host has a row, and the others their reasons', { skip }, () => {
  const page = join(directory, 'page.html');
  const { report, stdout } = bench('--programs', 'zipf', '--load-threads', '2', '--html', page);
  const named = [...report.rows, ...report.unavailable].map(({ source }) => source);
  assert.equal(new Set(named).size, named.length);
  assert.ok(report.rows.some(({ source }) => source === 'hint'));
  for (const { source, problem } of report.unavailable) {
    assert.notEqual(problem, '');
    assert.match(stdout, new RegExp(`^- not available: ${source}: `, 'm'));
  }
  assert.match(readFileSync(page, 'utf8'), /<svg[^>]*Hot units that are reported as hottest/);
});

test('a wrong option is refused by its name', () => {
  for (const [flag, value] of [
    ['--programs', 'join'],
    ['--source', 'perf'],
    ['--bytes', '8M'],
    ['--bytes', '17M'],
    ['--interval', '10'],
    ['--load-threads', '0'],
    ['--seconds', '0'],
  ] as const) {
    const { status, stderr } = runCli(['bench', 'heat', flag, value]);
    assert.equal(status, 2, `${flag} ${value}`);
    assert.match(stderr, new RegExp(flag));
  }
});
