import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AutoPolicy } from '../../src/policy/auto.js';
import { Scene } from '../../src/policy/kit/scene.js';

/** 64 units, of which the first 16 are on the fast node, and 8 others are hot. */
function scene(options: { moveNsPerByte?: number; hot?: number } = {}): Scene {
  const made = new Scene({ units: 64, room: [16, 64], moveNsPerByte: options.moveNsPerByte ?? 0.5 });
  for (let unit = 0; unit < 64; unit++) made.rate(unit, unit >= 56 ? (options.hot ?? 1e6) : 0);
  return made;
}

test('a move that costs more than it will ever gain is not made', () => {
  // 10 accesses a second save 600 ns a second. A move costs 2 ms.
  assert.deepEqual(scene({ hot: 10 }).epochs(new AutoPolicy(), 200), []);
  assert.equal(scene({ hot: 1e6 }).epochs(new AutoPolicy(), 200).length, 16);
});

test('a cheap move is made sooner than an expensive one, and both are', () => {
  const firstMove = (moveNsPerByte: number): number => {
    const memory = scene({ moveNsPerByte });
    const policy = new AutoPolicy();
    for (let epoch = 0; epoch < 1000; epoch++) if (memory.epoch(policy).length > 0) return epoch;
    return Number.POSITIVE_INFINITY;
  };
  const cheap = firstMove(0.1);
  const expensive = firstMove(50);
  assert.ok(cheap < 5, `${cheap}`);
  assert.ok(expensive > cheap && expensive < 1000, `${expensive}`);
});

test('heat that is gone before a move has paid is not followed', () => {
  const memory = scene();
  const policy = new AutoPolicy();
  let moved = 0;
  // A window of 8 units is elsewhere in each epoch, in an order that no steady pace predicts.
  for (let epoch = 0; epoch < 500; epoch++) {
    for (let unit = 0; unit < 64; unit++) {
      const inWindow = (unit + epoch * epoch * 7) % 64 < 8;
      memory.rate(unit, inWindow ? 1e5 : 0);
    }
    const { length } = memory.epoch(policy);
    // The pass itself has to be learnt.
    if (epoch >= 300) moved += length;
  }
  assert.equal(moved, 0);
});

test('differences that are noise are not followed', () => {
  const memory = scene({ moveNsPerByte: 2 });
  const policy = new AutoPolicy();
  let state = 1;
  let moved = 0;
  for (let epoch = 0; epoch < 500; epoch++) {
    for (let unit = 0; unit < 64; unit++) {
      state = (state * 48_271) % 2_147_483_647;
      memory.rate(unit, 1e5 + (state % 30_000));
    }
    const { length } = memory.epoch(policy);
    if (epoch >= 100) moved += length;
  }
  assert.ok(moved <= 4, `${moved} moves`);
});

test('when the fast node is slower under load, hot units leave it', () => {
  const memory = scene();
  for (let unit = 0; unit < 64; unit++) memory.rate(unit, unit < 16 ? 1e6 : 0);
  const policy = new AutoPolicy();
  assert.deepEqual(memory.epochs(policy, 20), []);
  memory.accessNs[0] = 400;
  const moves = memory.epochs(policy, 20);
  assert.ok(moves.length > 0);
  assert.ok(moves.every(({ target }) => target === 1));
});

test('no unit moves back within a second', () => {
  const memory = scene({ moveNsPerByte: 0 });
  const policy = new AutoPolicy();
  const movedAt = new Map<number, number>();
  let moved = 0;
  for (let epoch = 0; epoch < 600; epoch++) {
    // Two sets of 16 units are hotter, alternately, for 10 and for 16 epochs of 100 ms. The others are half as hot.
    const first = epoch % 26 < 10;
    for (let unit = 0; unit < 64; unit++) memory.rate(unit, unit < 16 === first ? 1e6 : 5e5);
    for (const { unit } of memory.epoch(policy)) {
      const before = movedAt.get(unit);
      if (before !== undefined) assert.ok(epoch - before >= 10, `unit ${unit}: ${before}, ${epoch}`);
      movedAt.set(unit, epoch);
      moved++;
    }
  }
  assert.ok(moved > 0, 'units move');
});

test('a scan at a steady pace is on the fast node before it arrives, and a jumping one is left alone', () => {
  const run = (at: (epoch: number) => number): number => {
    const scene = new Scene({ units: 64, room: [16, 64], headroom: 2, moveNsPerByte: 0.3 });
    const policy = new AutoPolicy();
    let hits = 0;
    for (let epoch = 0; epoch < 120; epoch++) {
      const front = at(epoch);
      for (let unit = 0; unit < 64; unit++) scene.rate(unit, 0);
      for (const unit of [front, front + 1]) {
        scene.rate(unit % 64, 1e8);
        if (epoch >= 60 && scene.nodeOf[unit % 64] === 0) hits++;
      }
      scene.epoch(policy);
    }
    return hits / 120;
  };
  assert.ok(run((epoch) => 2 * epoch) > 0.7);
  // First touch has a quarter of the units on the fast node.
  assert.ok(run((epoch) => (epoch * epoch * 7) % 64) < 0.5);
});
