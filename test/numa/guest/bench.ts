import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { MoveReport } from '../../../src/bench/move/report.js';
import { spawnCli } from '../../cli/run-cli.js';
import '../support/kernel.js';

const MIB = 2 ** 20;
const FILE = '/tmp/report.json';

/** Pages that the kernel itself has migrated since it was booted; none of ours are among them. */
function kernelMigrated(): number {
  return Number(/^pgmigrate_success (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))![1]);
}

function bench(...options: string[]): { report: MoveReport; stdout: string; migrated: number } {
  const before = kernelMigrated();
  const args = ['bench', 'move', '--bytes', '8M', '--runs', '2', ...options, `--json=${FILE}`];
  const { status, stdout, stderr } = spawnCli(args);
  assert.equal(status, 0, stderr);
  const migrated = kernelMigrated() - before;
  return { report: JSON.parse(readFileSync(FILE, 'utf8')) as MoveReport, stdout, migrated };
}

for (const [layout, sizes] of [
  ['contiguous', '4K,64K,2M'],
  ['scattered', '4K'],
  ['alternate', '4K'],
] as const) {
  test(`bench move has a row kernel whose pages move by move_pages(2), ${layout}`, () => {
    const { report, stdout, migrated } = bench('--folio', sizes, '--migrator', 'kernel', '--layout', layout);
    assert.equal(report.host.nodes.length, 2);
    assert.ok(report.host.nodes.every(({ emulated }) => !emulated));
    let min = 0;
    for (const row of report.rows) {
      assert.deepEqual([row.migrator, row.clock, row.verified], ['kernel', 'kernel', true]);
      const bytes = { '4K': 4096, '64K': 65536, '2M': 2 * MIB }[row.folio]!;
      assert.deepEqual([row.foliosMoved, row.foliosFailed], [(2 * 8 * MIB) / bytes, 0], row.folio);
      // The two that warm up and the two that are measured; the kernel counts base pages.
      min += 4 * ((8 * MIB) / 4096);
      assert.deepEqual([row.batches, row.fallbacks], [0, 0]);
    }
    assert.ok(migrated >= min, `${migrated} pages were migrated by the kernel, not ${min}`);
    assert.match(stdout, /kernel: move_pages\(2\)/);
    assert.doesNotMatch(stdout, /emulated|on huge pages/);
  });
}
