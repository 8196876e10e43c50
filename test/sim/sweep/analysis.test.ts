import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { runMove } from '../../../src/sim/experiments/move.js';
import { parseAxis } from '../../../src/sim/sweep/axis.js';
import { BreakEven } from '../../../src/sim/sweep/break-even.js';
import { objectiveOf } from '../../../src/sim/sweep/objectives.js';
import { ParetoFront } from '../../../src/sim/sweep/pareto.js';
import { runCell, type SweepFigures, type SweepRow } from '../../../src/sim/sweep/run-cell.js';
import { Sensitivities } from '../../../src/sim/sweep/sensitivity.js';
import { zen3 } from '../profiles.js';

type Done = Extract<SweepRow, { readonly figures: unknown }>;

const NONE: SweepFigures = {
  GBps: 0,
  cpu: 0,
  firstFolioNs: 0,
  readerWaitNs: 0,
  writerWaitNs: 0,
  ns: 0,
  sysNs: 0,
  idleNs: 0,
  fallbacks: 0,
};

function rowOf(index: number, values: readonly number[], figures: Partial<SweepFigures>): Done {
  return { index, values, figures: { ...NONE, ...figures } };
}

test('the front has exactly the cells that no other cell beats', () => {
  const objectives = [objectiveOf('GBps'), objectiveOf('cpu'), objectiveOf('ns')];
  const figures = fc.record({ GBps: fc.nat(9), cpu: fc.nat(9), ns: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(figures, { maxLength: 60 }), (all) => {
      const rows = all.map((each, index) => rowOf(index, [], each));
      const front = new ParetoFront(objectives);
      for (const row of rows) front.add(row);
      const beats = (a: Done, b: Done): boolean => {
        const [x, y] = [a.figures, b.figures];
        const noWorse = x.GBps >= y.GBps && x.cpu <= y.cpu && x.ns <= y.ns;
        const same = x.GBps === y.GBps && x.cpu === y.cpu && x.ns === y.ns;
        return noWorse && (!same || a.index < b.index);
      };
      const expected = rows.filter((row) => !rows.some((other) => other !== row && beats(other, row)));
      const found = front.rows.map(({ index }) => index).sort((a, b) => a - b);
      assert.deepEqual(
        found,
        expected.map(({ index }) => index),
      );
    }),
  );
});

test('the shares of an additive figure are those of its terms', () => {
  const axes = ['channels=1..5', 'depth=1..3', 'hogs=0..3'].map((text) => parseAxis(text, '--vary'));
  const found = new Sensitivities(axes, [objectiveOf('GBps')]);
  let index = 0;
  for (let a = 1; a <= 5; a++) {
    for (let b = 1; b <= 3; b++) {
      for (let c = 0; c <= 3; c++) found.add(rowOf(index++, [a, b, c], { GBps: 3 * a + 2 * b }));
    }
  }
  // The variance of 1..n is (n² − 1) / 12.
  const [channels, depth] = [(9 * 24) / 12, (4 * 8) / 12];
  const shares = found.results.map(({ share }) => share);
  assert.ok(Math.abs(shares[0]! - channels / (channels + depth)) < 1e-12);
  assert.ok(Math.abs(shares[1]! - depth / (channels + depth)) < 1e-12);
  assert.ok(Math.abs(shares[2]!) < 1e-12);
  assert.deepEqual(found.results[0]!.means, [7, 10, 13, 16, 19]);
});

test('the border is the smallest value from which on every cell is faster', () => {
  const axes = ['channels=1..4', 'folio=4K,2M', 'hogs=0,1'].map((text) => parseAxis(text, '--vary'));
  const surface = new BreakEven(axes, [0, 1]);
  const speedups = { 4096: [0.5, 1.2, 0.9, 1.1], [2 ** 21]: [1.1, 1.2, 1.3, 1.4] };
  let index = 0;
  for (const [folio, row] of Object.entries(speedups)) {
    for (const [at, speedup] of row.entries()) {
      for (const hogs of [0, 1]) surface.add(rowOf(index++, [at + 1, Number(folio), hogs], { speedup }));
    }
  }
  const { from, speedup, pays, yLabels } = surface.result;
  assert.deepEqual(yLabels, ['4K', '2M']);
  assert.deepEqual(from, ['4', '1']);
  assert.deepEqual(speedup[1], [1.1, 1.2, 1.3, 1.4]);
  assert.deepEqual(pays[0], [0, 1, 0, 1]);
});

test('a cell has the figures of its migration, and is compared with the same one without a migrator', () => {
  const axes = [parseAxis('channels=2,4', '--vary')];
  const fixed = { folio: 2 ** 16, bytes: 2 ** 22 };
  const plan = {
    profile: zen3(),
    axes,
    fixed,
    sampling: 'grid',
    samples: 0,
    seed: 1,
    compared: true,
  } as const;
  const outcome = runCell(plan, 1, runMove);
  assert.ok('figures' in outcome);
  const settings = { profile: zen3(), seed: 1, words: 1 };
  const move = { folio: 2 ** 16, folios: 64 };
  const alone = runMove({ ...move, migrator: 'dcbm', channels: 4 }, settings);
  const base = runMove({ ...move, migrator: 'baseline' }, settings);
  assert.equal(outcome.figures.GBps, alone.GBps);
  assert.equal(outcome.figures.firstFolioNs, alone.firstFolioNs);
  assert.ok(alone.firstFolioNs > 0 && alone.firstFolioNs <= alone.ns);
  assert.equal(outcome.figures.speedup, alone.GBps / base.GBps);
  assert.equal(outcome.figures.cpuRatio, alone.sysNs / base.sysNs);
});

test('the first folio is usable earlier in smaller batches', () => {
  const settings = { profile: zen3(), seed: 1, words: 1 };
  const cell = { folio: 2 ** 21, folios: 8, migrator: 'dcbm', channels: 1 } as const;
  const whole = runMove(cell, settings).firstFolioNs;
  const one = runMove(cell, { ...settings, batchPages: 512 }).firstFolioNs;
  assert.ok(one * 4 < whole, `${one} and ${whole}`);
});

test('a combination that is not possible has its reason instead of figures', () => {
  const axes = ['dma.channels=2,4', 'channels=3,4'].map((text) => parseAxis(text, '--vary'));
  const fixed = { folio: 2 ** 16, bytes: 2 ** 20 };
  const plan = {
    profile: zen3(),
    axes,
    fixed,
    sampling: 'grid',
    samples: 0,
    seed: 1,
    compared: false,
  } as const;
  const outcome = runCell(plan, 0, runMove);
  assert.ok('problem' in outcome);
  assert.match(outcome.problem, /channels: must be at most 2, not 3/);
  assert.ok('figures' in runCell(plan, 2, runMove));
});
