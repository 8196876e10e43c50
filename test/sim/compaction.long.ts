import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CompactionFigures, runCompaction } from '../../src/sim/experiments/compaction.js';
import { SETTINGS } from './support/compaction-scenes.js';

test("the table's signs are the RFC's: slower when idle, faster when busy, and the processor is freed", () => {
  // Enough that the start of the cold device does not decide.
  const settings = { ...SETTINGS, hugePages: 320 };
  const [base, dma, busyBase, busyDma] = [0, 1].flatMap((hogs): CompactionFigures[] =>
    (['baseline', 'dcbm'] as const).map((migrator) => runCompaction({ migrator, hogs }, settings)),
  ) as [CompactionFigures, CompactionFigures, CompactionFigures, CompactionFigures];
  for (const figures of [base, dma, busyBase, busyDma]) assert.equal(figures.wrongPages, 0);
  assert.equal(dma.offloaded, dma.migrated);
  assert.ok(dma.wallMs > base.wallMs);
  assert.ok(dma.sysPercent < base.sysPercent - 10);
  assert.ok(dma.idlePercent > 10);
  assert.ok(busyBase.wallMs > 1.9 * base.wallMs);
  assert.ok(busyDma.wallMs < busyBase.wallMs);
  assert.ok(busyDma.hogIterations > busyBase.hogIterations);
  assert.deepEqual(runCompaction({ migrator: 'dcbm', hogs: 1 }, settings), busyDma, 'to the nanosecond');
});
