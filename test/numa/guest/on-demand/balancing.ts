import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { TieringBenchReport } from '../../../../src/bench/tiering/report.js';
import { spawnCli } from '../../../cli/run-cli.js';

const BALANCING = '/proc/sys/kernel/numa_balancing';

/** Pages that the kernel's balancing has moved since it was booted. */
function balanced(): number {
  return Number(/^numa_pages_migrated (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))![1]);
}

function benchTiering(t: TestContext, mode: string): void {
  const file = '/tmp/tiering.json';
  const before = readFileSync(BALANCING, 'utf8');
  const moved = balanced();
  writeFileSync(BALANCING, mode);
  try {
    const small = ['--bytes', '32M', '--seconds', '10', '--programs', 'zipf-scattered'];
    const args = [
      'bench',
      'tiering',
      ...small,
      '--policy',
      'auto,frequency',
      '--profile-times',
      `--json=${file}`,
    ];
    const { status, stdout, stderr } = spawnCli(args);
    assert.equal(status, 0, `${stdout}\n${stderr}`);
    const report = JSON.parse(readFileSync(file, 'utf8')) as TieringBenchReport;
    // An emulated machine has no nodes of different speed.
    assert.equal(report.accessNs.measured, false);
    for (const {
      policy,
      hitRatio,
      replayHitRatio,
      firstTouchHitRatio,
      verified,
      promotedBytes,
    } of report.rows) {
      assert.equal(verified, true);
      const percent = (part: number): string => (100 * part).toFixed(1);
      t.diagnostic(
        `numa_balancing ${mode}, ${policy}: hits ${percent(hitRatio)}, same heat ${percent(replayHitRatio)}, ` +
          `first touch ${percent(firstTouchHitRatio)}, promoted ${promotedBytes} bytes`,
      );
    }
    t.diagnostic(`numa_balancing ${mode}: ${balanced() - moved} pages by the kernel`);
  } finally {
    writeFileSync(BALANCING, before);
  }
}

for (const mode of ['0', '1']) {
  test(`bench tiering on two NUMA nodes, with numa_balancing ${mode}`, (t) => benchTiering(t, mode));
}
