import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BalancePolicy } from '../../src/policy/balance.js';
import { FrequencyPolicy } from '../../src/policy/frequency.js';
import { Scene } from '../../src/policy/kit/scene.js';
import { LoadShift } from '../../src/policy/load-shift.js';
import { RecencyPolicy } from '../../src/policy/recency.js';

const sorted = (moves: readonly { unit: number }[]): number[] =>
  moves.map(({ unit }) => unit).sort((a, b) => a - b);

test('recency promotes at the second access, not at the first one', () => {
  const scene = new Scene({ units: 20, room: [16, 32] });
  // Two units are on the slow node of themselves, and three free places on the fast one.
  scene.nodeOf.fill(1, 13);
  const policy = new RecencyPolicy();
  scene.rate(19, 1e5);
  assert.deepEqual(scene.epoch(policy), []);
  scene.rate(19, 1e5);
  assert.deepEqual(scene.epoch(policy), [{ unit: 19, target: 0 }]);
});

test('recency forgets the first access of a unit that is not accessed for long', () => {
  const scene = new Scene({ units: 20, room: [24, 32] });
  scene.nodeOf.fill(1, 13);
  const policy = new RecencyPolicy({ idleEpochs: 3 });
  for (let round = 0; round < 5; round++) {
    scene.rate(19, 1e5);
    assert.deepEqual(scene.epoch(policy), []);
    for (let epoch = 0; epoch < 5; epoch++) {
      scene.rate(19, 0);
      assert.deepEqual(scene.epoch(policy), []);
    }
  }
});

test('recency demotes from the cold end until the headroom is free', () => {
  const scene = new Scene({ units: 32, room: [16, 32], headroom: 3 });
  for (let unit = 0; unit < 32; unit++) scene.rate(unit, 1e5);
  for (const [unit, age] of [
    [4, 5000],
    [7, 9000],
    [9, 3000],
    [11, 2000],
  ] as const) {
    scene.heat.age[unit] = age;
  }
  const demoted = scene.epoch(new RecencyPolicy());
  assert.deepEqual(demoted.map(({ unit }) => unit).slice(0, 3), [7, 4, 9]);
});

test('frequency fills the fast node with the hottest buckets, whatever the rates are', () => {
  for (const scale of [1, 1000]) {
    const scene = new Scene({ units: 64, room: [16, 64] });
    for (let unit = 0; unit < 64; unit++) scene.rate(unit, scale * (unit >= 52 ? 1e4 : 10));
    scene.epochs(new FrequencyPolicy(), 3);
    assert.deepEqual(
      scene.fastUnits().filter((unit) => unit >= 52),
      [52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63],
    );
  }
});

test('frequency moves nothing if all units are equally hot', () => {
  const scene = new Scene({ units: 64, room: [16, 64] });
  for (let unit = 0; unit < 64; unit++) scene.rate(unit, 1e4 + unit);
  assert.deepEqual(scene.epochs(new FrequencyPolicy(), 10), []);
});

test('balance moves hot units to the node that is faster under the present load', () => {
  const scene = new Scene({ units: 64, room: [32, 64], accessNs: [300, 160] });
  for (let unit = 0; unit < 64; unit++) scene.rate(unit, unit < 32 ? 1e5 : 0);
  const away = scene.epoch(new BalancePolicy());
  assert.equal(away.length, 16, 'half of the accesses, as bisection starts with 0 to 1');
  assert.ok(away.every(({ target }) => target === 1));
});

test('balance moves nothing while the latencies are equal', () => {
  const scene = new Scene({ units: 64, room: [32, 64], accessNs: [160, 163] });
  for (let unit = 0; unit < 64; unit++) scene.rate(unit, unit * 1e4);
  assert.deepEqual(scene.epochs(new BalancePolicy(), 10), []);
});

test('balance exchanges only what is worth it', () => {
  const scene = new Scene({ units: 40, room: [8, 64] });
  for (let unit = 0; unit < 40; unit++) scene.rate(unit, unit === 39 ? 1e6 : unit === 3 ? 10 : 9e4 + unit);
  assert.deepEqual(sorted(scene.epoch(new BalancePolicy())), [3, 39]);
});

test('the share at which two loads are equal is found, and found again when it changes', () => {
  for (const contrast of [1, 3]) {
    const shift = new LoadShift();
    let share = 1;
    // The latency of each node grows with its share.
    const settle = (fastSlope: number): void => {
      for (let step = 0; step < 60; step++) {
        const fastNs = 100 + fastSlope * share;
        const slowNs = 160 + 100 * (1 - share);
        const by = shift.shift(share, fastNs, slowNs);
        share += fastNs < slowNs ? by : -by;
      }
      const fastNs = 100 + fastSlope * share;
      const slowNs = 160 + 100 * (1 - share);
      assert.ok(Math.abs(fastNs / slowNs - 1) < 0.1, `${share}: ${fastNs} and ${slowNs} ns`);
    };
    settle(300);
    settle(300 * contrast);
    settle(200);
  }
});
