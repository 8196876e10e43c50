import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BreakevenSettings, breakeven, timeBatch } from '../../src/sim/experiments/breakeven.js';
import { withFigures } from '../../src/sim/profile/with-figures.js';
import { sampled } from '../deep.js';
import { zen3 } from './profiles.js';

const SETTINGS: BreakevenSettings = {
  profile: zen3(),
  seed: 1,
  reason: 'compaction',
  migrator: 'dcbm',
  channels: 1,
  threads: 2,
  maxBytes: 2 ** 24,
};

test('the batch found pays, and the one before does not', () => {
  for (const channels of sampled([8, 16], 1)) {
    const settings = { ...SETTINGS, channels };
    const { timeFolios } = breakeven(65_536, settings);
    assert.ok(timeFolios !== null && timeFolios > 1, `${timeFolios} folios`);
    const faster = (folios: number): boolean =>
      timeBatch(65_536, folios, true, settings).wall < timeBatch(65_536, folios, false, settings).wall;
    assert.equal(faster(timeFolios), true);
    assert.equal(faster(timeFolios - 1), false);
  }
});

test('more channels than the machine has are refused, and any channel of a machine without DMA', () => {
  for (const [has, says] of [
    [2, /channels: must be at most 2, not 4/],
    [0, /channels: dcbm needs a DMA device, and .* has none/],
  ] as const) {
    const settings = { ...SETTINGS, profile: withFigures(zen3(), { 'dma.channels': has }), channels: 4 };
    assert.throws(() => breakeven(65_536, settings), says);
  }
});

test('a device so slow that its copies time out never pays, and loses nothing', () => {
  const profile = withFigures(zen3(), { 'dma.descriptorNs': 1e10 });
  const { timeFolios, cpuFolios } = breakeven(2 ** 21, { ...SETTINGS, profile, maxBytes: 2 ** 21 });
  assert.deepEqual([timeFolios, cpuFolios], [null, null]);
});

test("the RFC's inference: compaction's 32 base pages do not pay for DMA in time, and do in CPU", () => {
  const [base, dma] = [false, true].map((offload) => timeBatch(4096, 32, offload, SETTINGS));
  assert.ok(dma!.wall > base!.wall);
  assert.ok(dma!.cpu < base!.cpu);
});

test('a device that is no faster than the CPU never pays', () => {
  const profile = zen3({ nearGBps: 1, farGBps: 1 });
  assert.equal(breakeven(2 ** 21, { ...SETTINGS, profile }).timeFolios, null);
});

test('submitting that costs more CPU than copying never pays in CPU', () => {
  const profile = zen3({ submitNs: 1e6 });
  assert.equal(breakeven(4096, { ...SETTINGS, profile }).cpuFolios, null);
});
