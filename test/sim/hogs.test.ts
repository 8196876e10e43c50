import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BreakevenSettings, timeBatch } from '../../src/sim/experiments/breakeven.js';
import { runMove } from '../../src/sim/experiments/move.js';
import { zen3 } from './profiles.js';

const profile = zen3();

test('with hogs the time of a move is shared out, and none of it is idle', () => {
  const cell = { folio: 4096, folios: 16_384, migrator: 'baseline' } as const;
  const settings = { profile, seed: 1, words: 1 };
  const [alone, two] = [0, 2].map((hogs) => runMove(cell, { ...settings, hogs }));
  assert.equal(alone!.userNs, 0);
  assert.ok(two!.userNs > two!.sysNs, `${two!.userNs} ${two!.sysNs}`);
  assert.equal(two!.idleNs, 0);
  assert.equal(two!.sysNs, alone!.sysNs);
  for (const { ns, userNs, sysNs, idleNs } of [alone!, two!]) {
    assert.ok(Math.abs(ns - userNs - sysNs - idleNs) < 1e-3 * ns);
  }
});

test('a batch that is longer than a slice is slower with a hog, and takes as much CPU', () => {
  const settings: BreakevenSettings = {
    profile,
    seed: 1,
    reason: 'compaction',
    migrator: 'dcbm',
    channels: 1,
    threads: 2,
    maxBytes: 2 ** 26,
  };
  const folios = 8192;
  const alone = timeBatch(4096, folios, false, settings);
  const busy = timeBatch(4096, folios, false, { ...settings, hogs: 1 });
  assert.ok(busy.wall > alone.wall);
  assert.equal(busy.cpu, alone.cpu);
});
