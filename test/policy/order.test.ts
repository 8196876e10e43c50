import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/common/random.js';
import { MoveList } from '../../src/policy/move-list.js';
import { Persistence } from '../../src/policy/persistence.js';
import { UnitOrder } from '../../src/policy/unit-order.js';

test('units are in the order of their figures, over the whole range of floats', () => {
  const random = seededRandom(3);
  const order = new UnitOrder();
  for (const units of [0, 1, 2, 500, 20]) {
    const keys = Array.from({ length: units }, () =>
      random(5) === 0 ? 0 : Math.fround((1 + random(1000)) * 10 ** (random(60) - 30)),
    );
    order.clear(units);
    for (const [unit, key] of keys.entries()) order.add(unit, key);
    order.sort();
    const expected = [...keys.keys()].sort((a, b) => keys[a]! - keys[b]! || a - b);
    assert.deepEqual(
      Array.from({ length: units }, (_, i) => order.lowest(i)),
      expected,
    );
    assert.deepEqual(
      Array.from({ length: units }, (_, i) => order.highest(i)),
      expected.reverse(),
    );
    for (const [unit, key] of keys.entries()) assert.equal(order.key(unit), key);
  }
});

test('a figure below 0, or none, counts as 0', () => {
  const order = new UnitOrder();
  order.clear(4);
  for (const [unit, key] of [5, Number.NaN, -3, -0].entries()) order.add(unit, key);
  order.sort();
  assert.deepEqual([order.lowest(0), order.lowest(3)], [1, 0]);
});

test('a list refuses more moves than it was cleared for', () => {
  const moves = new MoveList();
  moves.clear(1);
  moves.push(0, 1, 'demotion', 1, 0, 0);
  assert.throws(() => moves.push(1, 1, 'demotion', 1, 0, 0), RangeError);
  moves.clear(2);
  assert.equal(moves.length, 0);
});

const RISEN_NEVER = new Uint8Array(2);

/** Learns from rates of two units: the first one's share by epoch. */
function learnt(rateAt: (epoch: number) => number, memory: number, epochs = 600): number {
  const persistence = new Persistence();
  const rates = new Float32Array(2);
  const hot = new UnitOrder();
  const cold = new UnitOrder();
  for (let epoch = 0; epoch < epochs; epoch++) {
    rates[0] = rateAt(epoch);
    rates[1] = 100 - rates[0];
    const [hotter, colder] = rates[0] > rates[1] ? [0, 1] : [1, 0];
    hot.clear(2);
    cold.clear(2);
    hot.add(hotter, rates[hotter]!);
    cold.add(colder, rates[colder]!);
    persistence.look(rates, 100);
    persistence.take(hot, cold, 0, 100, RISEN_NEVER);
  }
  return persistence.epochs(0.8, memory, false);
}

test('rates that have just risen are learnt apart from rates that have lasted', () => {
  const persistence = new Persistence();
  const rates = new Float32Array(30);
  const risen = new Uint8Array(rates.length);
  const hot = new UnitOrder();
  const cold = new UnitOrder();
  for (let epoch = 0; epoch < 600; epoch++) {
    // Unit 0 is always hot. The others take turns, for one epoch each.
    const visited = 1 + (epoch % (rates.length - 1));
    rates.fill(0);
    rates[0] = rates[visited] = 50;
    risen.fill(0);
    risen[visited] = 1;
    hot.clear(rates.length);
    cold.clear(rates.length);
    for (let unit = 0; unit < rates.length; unit++) (rates[unit]! > 0 ? hot : cold).add(unit, rates[unit]!);
    hot.sort();
    cold.sort();
    persistence.look(rates, 100);
    persistence.take(hot, cold, 0, 100, risen);
  }
  assert.ok(persistence.epochs(0.5, 0, false) > 100);
  assert.ok(persistence.epochs(0.5, 0, true) < 5);
});

test('a difference that always lasts is predicted to last', () => {
  assert.ok(learnt(() => 90, 0) > 100);
});

test('a difference that turns round at each epoch is predicted to last for no time', () => {
  assert.ok(learnt((epoch) => (epoch % 2 === 0 ? 90 : 10), 0) < 1);
});

test('a difference that turns round after 20 epochs is not predicted to last for longer', () => {
  assert.ok(learnt((epoch) => (Math.floor(epoch / 20) % 2 === 0 ? 90 : 10), 0) < 20);
});

test('a difference that is over after 20 epochs is predicted to last for about as long', () => {
  const epochs = learnt((epoch) => (epoch % 300 < 20 ? 90 : epoch % 2 === 0 ? 51 : 49), 0);
  assert.ok(epochs > 5 && epochs < 100, `${epochs}`);
});

test('rates that only decay are not taken for accesses', () => {
  // One unit is accessed once. Its rate is halved at each of the next epochs.
  const rateAt = (epoch: number): number => 50 + 40 * 0.5 ** epoch;
  assert.ok(learnt(rateAt, 0, 40) > 0.9);
  assert.ok(learnt(rateAt, 1 / Math.LN2, 40) < 0.1);
});
