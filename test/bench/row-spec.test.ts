import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MoveOptions } from '../../src/bench/move/options.js';
import { injectedOption, rowLabel, rowSpecs } from '../../src/bench/move/row-spec.js';

const OPTIONS: MoveOptions = {
  folios: [4096],
  migrators: ['serial', 'baseline', 'cpu', 'mtcopy', 'dcbm'],
  channels: [1, 4],
  threads: [2, 3],
  device: 'soft',
  bytes: 2 ** 22,
  runs: 1,
  layout: 'contiguous',
  gapModes: ['skip'],
  maxBatch: 32 * 2 ** 20,
  seed: 1,
};

test('mtcopy has a row for each number of threads, dcbm for each number of channels', () => {
  assert.deepEqual(rowSpecs(OPTIONS).map(rowLabel), [
    'serial',
    'baseline',
    'cpu',
    'mtcopy ×2',
    'mtcopy ×3',
    'dcbm ×1',
    'dcbm ×4',
  ]);
});

test('each value of gaps has all the rows', () => {
  const specs = rowSpecs({ ...OPTIONS, gapModes: ['skip', 'move'], migrators: ['cpu', 'dcbm'] });
  assert.deepEqual(
    specs.map((spec) => `${rowLabel(spec)} ${spec.gaps}`),
    ['cpu skip', 'dcbm ×1 skip', 'dcbm ×4 skip', 'cpu move', 'dcbm ×1 move', 'dcbm ×4 move'],
  );
});

test('faults befall what offloads, and nothing else', () => {
  const inject = { failBatch: 7 };
  const options = rowSpecs(OPTIONS).map((spec) => injectedOption(spec, { device: 'soft', inject }));
  assert.deepEqual(options, [
    undefined,
    undefined,
    { name: 'error', inner: { name: 'cpu' }, failBatch: 7 },
    { name: 'error', inner: { name: 'mtcopy', threads: 2 }, failBatch: 7 },
    { name: 'error', inner: { name: 'mtcopy', threads: 3 }, failBatch: 7 },
    { name: 'error', inner: { name: 'dcbm', channels: 1, device: 'soft' }, failBatch: 7 },
    { name: 'error', inner: { name: 'dcbm', channels: 4, device: 'soft' }, failBatch: 7 },
  ]);
});
