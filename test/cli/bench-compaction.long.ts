import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCpuTicks, readVmstat, since } from '../../src/bench/compaction/kernel-counters.js';
import { whyNot } from '../../src/bench/compaction/trigger.js';
import { hostCannot, runCli } from './run-cli.js';

const skip = hostCannot() || (whyNot('sysctl') ?? false);

test('the kernel compacts, the content stays, memory is given back', { skip }, () => {
  const { status, stdout, stderr } = runCli([
    'bench',
    'compaction',
    '--bytes',
    '64M',
    '--runs',
    '1',
    '--hog',
    '--json',
  ]);
  assert.equal(status, 0, stderr);
  const report = JSON.parse(stdout);
  assert.equal(report.schema, 'pageferry.bench.compaction/1');
  assert.deepEqual(
    report.rows.map(({ mode }: { mode: string }) => mode),
    ['idle', 'busy'],
  );
  for (const row of report.rows) assert.equal(row.wrongPages, 0);
  // 0 where the host gave the hog no CPU in that time.
  assert.ok(report.rows[1].hogIterations >= 0);
  assert.ok(report.moveNsPerPage > 0);
});

test('more than half of what is available is refused by name', { skip }, () => {
  const { status, stderr } = runCli(['bench', 'compaction', '--bytes', '8T', '--runs', '1']);
  assert.equal(status, 2);
  assert.match(stderr, /--bytes.*8T/);
});

test('counters that a kernel does not have are 0', () => {
  const before = readVmstat('pgmigrate_success 5\ncompact_stall 2\n');
  const after = readVmstat('pgmigrate_success 12\n');
  assert.equal(since(before, after).pgmigrate_success, 7);
  assert.equal(before.thp_fault_alloc, 0);
});

test("a CPU's time is read from its own line", () => {
  const text = 'cpu  9 9 9 9 9 9 9\ncpu1 1 2 3 4 5 6 7 0 0 0\ncpu11 8 8 8 8 8 8 8\n';
  assert.deepEqual(readCpuTicks(1, text), { user: 3, sys: 16, idle: 9 });
});
