import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { MigrateProgress, Region } from '../../src/index.js';
import { fill } from './support/content.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';

/** Reports that one migration must give: some while it runs, and the last. */
const MIN_REPORTS = 4;

const MAX_MIGRATIONS = 200;

/** The period of the reports is longer than a migration of a test takes. */
function reportOften(context: TestContext): void {
  const { setInterval } = globalThis;
  context.mock.method(globalThis, 'setInterval', (report: () => void) => setInterval(report, 1));
}

test('progress only increases, and ends with the figures of the result', LIMIT, async (context) => {
  await withFerry({ batchBytes: 4096 }, async (ferry) => {
    const buffer = new SharedArrayBuffer(16 * MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    reportOften(context);
    let to = 1;
    let reports = 0;
    for (let i = 0; i < MAX_MIGRATIONS && reports < MIN_REPORTS; i++) {
      reports = await checkProgress(region, to);
      to = 1 - to;
    }
    assert.ok(reports >= MIN_REPORTS, `at most ${reports} reports in a migration`);
  });
});

/** Migrates the region, and returns the number of reports with different figures. */
async function checkProgress(region: Region, to: number): Promise<number> {
  const seen: MigrateProgress[] = [];
  const result = await region.migrate({ to, onProgress: (progress) => seen.push(progress) });
  assert.deepEqual(seen.at(-1), {
    foliosMoved: result.foliosMoved,
    foliosFailed: 0,
    bytesMoved: region.migratableBytes,
    bytesTotal: region.migratableBytes,
  });
  for (let i = 1; i < seen.length; i++) {
    assert.ok(seen[i]!.bytesMoved >= seen[i - 1]!.bytesMoved);
    assert.ok(seen[i]!.foliosMoved >= seen[i - 1]!.foliosMoved);
    assert.equal(seen[i]!.bytesTotal, seen[0]!.bytesTotal);
  }
  const calls = seen.length;
  await region.migrate({ to: 1 - to });
  await region.migrate({ to });
  assert.equal(seen.length, calls, 'no reports after the end');
  return new Set(seen.map(({ foliosMoved }) => foliosMoved)).size;
}
