import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { MoveOptions } from '../../src/bench/move/options.js';
import { predictMoves, withPrediction } from '../../src/bench/move/predict.js';
import type { MoveReport, MoveRow } from '../../src/bench/move/report.js';
import { runMove } from '../../src/sim/experiments/move.js';
import { zen3, zen3WithTables } from '../sim/profiles.js';

const MIB = 2 ** 20;
const OPTIONS: MoveOptions = {
  folios: [4096, 2 * MIB],
  migrators: ['baseline', 'mtcopy', 'dcbm', 'kernel'],
  channels: [1, 4],
  threads: [2],
  device: 'soft',
  maxBatch: 2 * MIB,
  bytes: 16 * MIB,
  runs: 1,
  layout: 'contiguous',
  gapModes: ['skip'],
  seed: 1,
};
const CELLS = OPTIONS.folios.map((folioSize) => ({ folioSize, batch: null, bytes: 16 * MIB }));

test('every row but that of the kernel is predicted as the simulation says, and the hash covers all of it', () => {
  const profile = zen3();
  const { sha256, ...about } = predictMoves(OPTIONS, CELLS, profile);
  assert.equal(sha256, createHash('sha256').update(JSON.stringify(about)).digest('hex'));
  assert.deepEqual(
    about.rows.map(({ folio, migrator, channels }) => `${folio} ${migrator} ${channels}`),
    ['4K', '2M'].flatMap((folio) =>
      ['baseline 1', 'mtcopy 1', 'dcbm 1', 'dcbm 4'].map((row) => `${folio} ${row}`),
    ),
  );
  const simulated = runMove(
    { folio: 4096, folios: 4096, migrator: 'dcbm', channels: 4 },
    { profile, seed: 1, words: 1, batchPages: 512, depth: 2 },
  );
  assert.equal(about.rows[3]!.GBps, simulated.GBps);
  assert.equal(about.rows[3]!.low, undefined);
  assert.deepEqual(predictMoves(OPTIONS, CELLS, profile).sha256, sha256);
  assert.notEqual(predictMoves({ ...OPTIONS, depth: 1 }, CELLS, profile).sha256, sha256);
});

test('tables and pages are predicted by the mode of the bench', () => {
  const one = { ...OPTIONS, folios: [4096], migrators: ['baseline'] } as const;
  const [auto, never] = (['auto', 'never'] as const).map(
    (pageTables) => predictMoves({ ...one, pageTables }, CELLS.slice(0, 1), zen3WithTables()).rows[0]!,
  );
  assert.equal(auto!.tablesMoved, 8);
  assert.equal(never!.tablesMoved, 0);
  assert.equal(never!.pagesMovedSingly, 4096);
  assert.ok(auto!.GBps > never!.GBps);
});

test('calls of some folios are predicted one by one, and channels that the profile lacks are not', () => {
  const options = {
    ...OPTIONS,
    folios: [2 * MIB],
    batch: [2],
    migrators: ['dcbm'],
    channels: [1, 16],
  } as const;
  const cell = { folioSize: 2 * MIB, batch: 2, bytes: 64 * MIB };
  const { rows } = predictMoves(options, [cell], zen3({ channels: 4 }));
  assert.equal(rows.length, 1);
  const { GBps } = runMove(
    { folio: 2 * MIB, folios: 2, migrator: 'dcbm', channels: 1 },
    { profile: zen3({ channels: 4 }), seed: 1, words: 1, batchPages: 512, depth: 2 },
  );
  assert.equal(rows[0]!.GBps, GBps);
});

test('the report has each prediction beside the measurement, and their mean error', () => {
  const prediction = predictMoves(OPTIONS, CELLS, zen3());
  const rows = prediction.rows.map((row, i) => {
    const { folio, migrator, channels, threads, batch, GBps } = row;
    return {
      folio,
      migrator,
      channels,
      threads,
      batch,
      medianGBps: GBps / (i % 2 === 0 ? 1.1 : 0.8),
    } as MoveRow;
  });
  const kernel = { ...rows[0]!, migrator: 'kernel', medianGBps: 1 } as MoveRow;
  const report = withPrediction({ rows: [...rows, kernel] } as unknown as MoveReport, prediction, 'p.json');
  assert.equal(report.rows.at(-1)!.predictedGBps, undefined);
  assert.equal(report.rows[2]!.predictedGBps, prediction.rows[2]!.GBps);
  const { meanError, worstError, sha256, file } = report.prediction!;
  assert.ok(Math.abs(meanError - 0.15) < 1e-9, `${meanError}`);
  assert.ok(Math.abs(worstError - 0.2) < 1e-9, `${worstError}`);
  assert.deepEqual([sha256, file], [prediction.sha256, 'p.json']);
});
