import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachCause, type MeasuredRun } from '../../src/bench/move/measured-run.js';
import type { MoveMigrator } from '../../src/bench/move/options.js';
import { nativeSummary, rowFigures } from '../../src/bench/move/row-figures.js';

const CELL = { folioSize: 4096, batch: null, bytes: 2 ** 20 };
const ROUNDS = [
  { copyGBps: 8, threadGBps: 8, native: { GBps: 10, threads: 1 } },
  { copyGBps: 4, threadGBps: 4, native: { GBps: 20, threads: 2 } },
  { copyGBps: 4, threadGBps: 4, native: { GBps: 40, threads: 2 } },
];

/** A run of so many GB/s that had two fallbacks. */
function run(GBps: number): MeasuredRun {
  return {
    bytesMoved: GBps * 1000,
    durationNs: 1000,
    foliosMoved: 5,
    foliosFailed: 1,
    batches: 3,
    fallbacks: 2,
    fallbackCauses: eachCause((cause) => (cause === 'failed' ? 2 : 0)),
    gapFoliosMoved: 7,
    gapBytesMoved: 7 * 4096,
  };
}

function row(migrator: MoveMigrator, speeds: readonly number[], verified = true) {
  const spec = { migrator, channels: 1, threads: 1, gaps: 'skip' } as const;
  return { spec, runs: speeds.map(run), verified };
}

test('ratios are medians of the ratios of each round, not ratios of medians', () => {
  const rows = [row('baseline', [2, 2, 8]), row('cpu', [4, 2, 8], false)];
  const [base, cpu] = rowFigures({ layout: 'contiguous' }, CELL, 'engine', ROUNDS, rows);
  assert.equal(base!.medianOfBase, 1);
  assert.equal(base!.medianOfLimit, 0.2);
  assert.equal(cpu!.medianGBps, 4);
  assert.equal(cpu!.medianOfBase, 1);
  assert.equal(cpu!.medianOfLimit, 0.2);
  assert.equal(cpu!.medianOfCopy, 0.5);
  assert.deepEqual(cpu!.roundsGBps, [4, 2, 8]);
  assert.deepEqual([base!.verified, cpu!.verified], [true, false]);
});

test('counts are of all runs together, causes included', () => {
  const [cpu] = rowFigures({ layout: 'alternate' }, CELL, 'engine', ROUNDS, [row('cpu', [1, 1, 1])]);
  assert.equal(cpu!.foliosMoved, 15);
  assert.equal(cpu!.foliosFailed, 3);
  assert.equal(cpu!.batches, 9);
  assert.equal(cpu!.fallbacks, 6);
  assert.equal(cpu!.fallbackCauses.failed, 6);
  assert.equal(cpu!.fallbackCauses.threw, 0);
  assert.equal(cpu!.gapFoliosMoved, 21);
  assert.equal(cpu!.gapBytesMoved, 21 * 4096);
  assert.equal(cpu!.medianOfBase, null);
});

test("the RFC's figure is there only for what the RFC did", () => {
  const rows = [row('baseline', [1, 1, 1])];
  const figure = (options: Parameters<typeof rowFigures>[0]) =>
    rowFigures(options, CELL, 'engine', ROUNDS, rows)[0]!.rfcGBps;
  assert.equal(figure({ layout: 'contiguous' }), 3.55);
  assert.equal(figure({ layout: 'scattered' }), null);
  assert.equal(figure({ layout: 'contiguous', inject: { failBatch: 7 } }), null);
});

test('the limit is summed up with the threads that were best most often', () => {
  const { medianGBps, minGBps, maxGBps, threads, roundsGBps } = nativeSummary(CELL, ROUNDS);
  assert.deepEqual([medianGBps, minGBps, maxGBps, threads], [20, 10, 40, 2]);
  assert.deepEqual(roundsGBps, [10, 20, 40]);
});
