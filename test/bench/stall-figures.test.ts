import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Role } from '../../src/bench/stall/options.js';
import type { RoleRun } from '../../src/bench/stall/program-load.js';
import { type StallRun, stallFigures } from '../../src/bench/stall/stall-figures.js';
import type { Disturbance, StallSpec } from '../../src/bench/stall/stall-spec.js';
import { WaitHistogram } from '../../src/common/wait-histogram.js';
import type { CopyMode } from '../../src/mm/copy-mode.js';

const M = 2 ** 20;
const copy = { migrator: 'cpu', channels: 1, threads: 1, gaps: 'skip' } as const;

function spec(disturbance: Disturbance, copyMode: CopyMode = 'exclusive'): StallSpec {
  return { disturbance, roles: ['reader'], batchBytes: 2 * M, copyMode, cutoverBytes: null, copy };
}

/** A second of so many reads, of which the last hundredth took `waitNs`. */
function reads(count: number, waitNs: number, wrong = 0, role: Role = 'reader'): RoleRun {
  const waits = new WaitHistogram();
  for (let i = 0; i < count; i++) waits.record(i < count * 0.99 ? 60 : waitNs);
  return { role, accesses: count, wrong, threadNs: 1e9, perSecond: count, waits };
}

function run(role: RoleRun, bytesMoved = 0, updatesLost = 0): StallRun {
  const migration = { bytesMoved, durationNs: 1e9, foliosFailed: 1, fallbacks: 2 };
  return { roles: [role], migration, updatesLost };
}

test('figures are medians of the runs, the maximum is of all, counts are added up', () => {
  const runs = [run(reads(1000, 10_000), 1e9), run(reads(500, 900_000), 4e9), run(reads(800, 20_000), 2e9)];
  const [row] = stallFigures(4096, [{ spec: spec('migration'), runs }]).rows;
  assert.equal(row!.folio, '4K');
  assert.equal(row!.GBps, 2);
  assert.equal(row!.p50us, 0.06);
  assert.ok(Math.abs(row!.p9999us - 20) < 1, `${row!.p9999us}`);
  assert.equal(row!.maxus, 900);
  assert.equal(row!.readsPerSecond, 800);
  assert.equal(row!.samples, 2300);
  assert.equal(row!.longPerSecond, 8);
  assert.ok(Math.abs(row!.longShare - 0.00016) < 1e-9);
  assert.deepEqual([row!.foliosFailed, row!.fallbacks, row!.bytesMoved], [3, 6, 7e9]);
  assert.equal(row!.verified, true);
  assert.deepEqual(
    row!.rounds.map(({ GBps }) => GBps),
    [1, 4, 2],
  );
});

test('ratios are round by round: to the undisturbed reads, and to the exclusive row', () => {
  const { rows, undisturbed } = stallFigures(4096, [
    { spec: spec('nothing'), runs: [run(reads(1000, 60)), run(reads(2000, 60))] },
    { spec: spec('migration'), runs: [run(reads(100, 1e6), 10e9), run(reads(100, 2e6), 5e9)] },
    {
      spec: spec('migration', 'write-protected'),
      runs: [run(reads(500, 1e4), 9e9), run(reads(1000, 2e4), 4.5e9)],
    },
  ]);
  assert.equal(undisturbed.length, 1);
  const [exclusive, through] = rows;
  assert.equal(exclusive!.ofExclusive, null);
  assert.ok(Math.abs(exclusive!.ofUndisturbed - 0.075) < 1e-9);
  assert.equal(through!.ofUndisturbed, 0.5);
  assert.equal(through!.ofExclusive!.GBps, 0.9);
  assert.ok(Math.abs(through!.ofExclusive!.p9999us - 0.01) < 0.001);
});

test('a wrong value or a lost update in any run means that a row is not verified', () => {
  const verified = (...runs: StallRun[]) =>
    stallFigures(4096, [{ spec: spec('migration'), runs }]).rows[0]!.verified;
  assert.equal(verified(run(reads(10, 60)), run(reads(10, 60))), true);
  assert.equal(verified(run(reads(10, 60)), run(reads(10, 60, 1))), false);
  assert.equal(verified(run(reads(10, 60), 0, 1), run(reads(10, 60))), false);
});

test('what is measured elsewhere has rows of its own', () => {
  const figures = stallFigures(2 * M, [{ spec: spec('elsewhere'), runs: [run(reads(10, 60), 1e9)] }]);
  assert.equal(figures.rows.length, 0);
  assert.equal(figures.elsewhere[0]!.folio, '2M');
});
