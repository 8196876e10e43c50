import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitTables } from '../../src/bench/calibrate/fit-cpu.js';
import { tableRows } from '../../src/bench/calibrate/measure-tables.js';
import type { MoveSample } from '../../src/bench/calibrate/move-sample.js';
import { near } from './calibrate-support.js';

const FIGURES = { supported: 1, leaveNs: 3000, arriveNs: 5000, callNs: 20_000 };
const FLUSH_NS = 700;
const MIB = 2 ** 20;

/** What such a host takes, to the nanosecond: 32 tables by 32 calls, and by 4. */
function samples(bytes: number): MoveSample[] {
  return tableRows(bytes).map((row) => {
    const tables = bytes / (2 * MIB);
    const calls = Math.ceil(tables / (row.batchPages / 512));
    const unmapNs = tables * FIGURES.leaveNs + calls * (FIGURES.callNs + FLUSH_NS);
    const mapNs = tables * FIGURES.arriveNs + calls * FIGURES.callNs;
    return { ...row, unmapNs, copyNs: 1e6, mapNs, durationNs: unmapNs + mapNs + 1e6, spread: 0 };
  });
}

test('exact times of page tables give the figures they were made of', () => {
  const fit = fitTables(samples(64 * MIB), FLUSH_NS)!;
  assert.equal(fit.supported, 1);
  for (const name of ['leaveNs', 'arriveNs', 'callNs'] as const) {
    assert.ok(near(fit[name], FIGURES[name], 1e-6), `${name}: ${fit[name]}`);
  }
});

test('a host that moves no page tables gets no figures for them', () => {
  assert.equal(fitTables([], FLUSH_NS), undefined);
});

test('what is measured tells a call from a table: batches of one table, and of several', () => {
  const [one, several] = tableRows(64 * MIB);
  assert.deepEqual([one!.batchPages, several!.batchPages], [512, 4096]);
});
