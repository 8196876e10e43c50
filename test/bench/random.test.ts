import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample, seededRandom } from '../../src/common/random.js';

test('the same seed gives the same numbers, another seed others, all below the bound', () => {
  const take = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 1000 }, () => random(1_000_000));
  };
  assert.deepEqual(take(5), take(5));
  assert.notDeepEqual(take(5), take(6));
  assert.ok(take(5).every((n) => Number.isInteger(n) && n >= 0 && n < 1_000_000));
});

test('a sample has no number twice, and its order is random', () => {
  const picked = sample(seededRandom(1), 10_000, 1000);
  assert.equal(new Set(picked).size, 1000);
  assert.ok(picked.every((n) => n >= 0 && n < 10_000));
  assert.notDeepEqual(picked, picked.toSorted());
});
