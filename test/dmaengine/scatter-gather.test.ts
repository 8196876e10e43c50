import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinearMapper, ScatterGatherTable } from '../../src/dmaengine/scatter-gather.js';

function segmentsOf(table: ScatterGatherTable): [address: number, bytes: number][] {
  return Array.from({ length: table.segments }, (_, i) => [table.address[i]!, table.bytes[i]!]);
}

test('neighbours become one segment, others do not', () => {
  const table = new ScatterGatherTable();
  for (const [frame, pages] of [
    [10, 1],
    [11, 4],
    [15, 1],
    [17, 1],
    [16, 1],
    [17, 2],
  ] as const) {
    table.addRun(frame, pages);
  }
  assert.equal(new LinearMapper(2 ** 40, 4096).map(table), 0);
  assert.deepEqual(segmentsOf(table), [
    [2 ** 40 + 10 * 4096, 6 * 4096],
    [2 ** 40 + 17 * 4096, 4096],
    [2 ** 40 + 16 * 4096, 3 * 4096],
  ]);
  assert.equal(table.runs, 6);
});

test('a table may be mapped again, and filled again', () => {
  const table = new ScatterGatherTable();
  const mapper = new LinearMapper(0, 4096);
  table.addRun(1, 1);
  for (let i = 0; i < 2; i++) {
    mapper.map(table);
    assert.deepEqual(segmentsOf(table), [[4096, 4096]]);
  }
  table.clear();
  assert.deepEqual([table.runs, table.segments], [0, 0]);
  table.addRun(2, 1);
  mapper.map(table);
  assert.deepEqual(segmentsOf(table), [[8192, 4096]]);
});

test('a table has room for as many runs as there are', () => {
  const table = new ScatterGatherTable();
  const count = 1000;
  for (let i = 0; i < count; i++) table.addRun(2 * i, 1);
  new LinearMapper(0, 4096).map(table);
  assert.deepEqual(
    segmentsOf(table),
    Array.from({ length: count }, (_, i) => [8192 * i, 4096]),
  );
});
