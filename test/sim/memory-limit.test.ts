import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runMove } from '../../src/sim/experiments/move.js';
import { closedNs } from '../../src/sim/fit/closed-form.js';
import { withFigures } from '../../src/sim/profile/with-figures.js';
import { zen3 } from './profiles.js';

test('where the memory is the limit, more channels are never slower, however many share an engine', () => {
  for (const engineChannels of [1, 2, 16]) {
    const profile = withFigures(zen3(), {
      'memory.copyGBps': 20,
      'topology.engineChannels': engineChannels,
      'topology.engineGBps': 40,
    });
    let [before, closedBefore] = [0, 0];
    for (const channels of [1, 2, 4, 8, 16]) {
      const cell = { migrator: 'dcbm', channels, folio: 2 ** 21, folios: 128 } as const;
      const { GBps } = runMove(cell, { profile, seed: 1, words: 1 });
      const closed = (128 * 2 ** 21) / closedNs(profile, cell);
      for (const rate of [GBps, closed]) assert.ok(rate < 20, `${rate} of 20 GB/s`);
      assert.ok(GBps >= 0.99 * before, `${channels} of ${engineChannels}: ${GBps} after ${before}`);
      assert.ok(closed >= 0.99 * closedBefore, `${channels} of ${engineChannels}: ${closed}`);
      [before, closedBefore] = [GBps, closed];
    }
    assert.ok(before > 15, `${before} with all channels`);
  }
});
