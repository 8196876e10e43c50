import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Sample } from '../../src/compare/comparable.js';
import { byChance, judge, spreadsApart } from '../../src/compare/verdict.js';

const runs = (...values: number[]): Sample => ({
  value: values[values.length >> 1]!,
  min: Math.min(...values),
  max: Math.max(...values),
  runs: values.length,
});
const exact = (value: number): Sample => ({ value, min: value, max: value, runs: null });

test('runs that overlap, or touch, are the same; those that do not differ', () => {
  assert.equal(judge(runs(1, 2, 3), runs(2.5, 4, 5), 'more'), 'same');
  assert.equal(judge(runs(1, 2, 3), runs(3, 4, 5), 'more'), 'same');
  assert.equal(judge(runs(1, 2, 3), runs(3.1, 4, 5), 'more'), 'better');
  assert.equal(judge(runs(3.1, 4, 5), runs(1, 2, 3), 'more'), 'worse');
});

test('of a time less is better, and of some figures neither', () => {
  assert.equal(judge(runs(1, 2), runs(5, 6), 'less'), 'worse');
  assert.equal(judge(runs(5, 6), runs(1, 2), 'less'), 'better');
  assert.equal(judge(runs(1, 2), runs(5, 6), undefined), 'differs');
});

test('a single run has no spread: unclear, however far away', () => {
  assert.equal(judge(runs(1), runs(100, 101), 'more'), 'unclear');
  assert.equal(judge(runs(1, 2, 3), runs(100), 'more'), 'unclear');
});

test('a simulated figure differs by its last digit', () => {
  assert.equal(judge(exact(1), exact(1), 'more'), 'same');
  assert.equal(judge(exact(1), exact(1 + Number.EPSILON), 'more'), 'better');
});

test('a figure that one has not is told', () => {
  assert.equal(judge(runs(1, 2), null, 'more'), 'only A');
  assert.equal(judge(null, runs(1, 2), 'more'), 'only B');
  assert.equal(judge(null, null, 'more'), undefined);
});

test('by chance: as many orders of all runs are there as counting finds', () => {
  /** All ways to choose which of the ranks are A's; those with all of A on one side. */
  const counted = (n: number, m: number): number => {
    let all = 0;
    let apart = 0;
    for (let set = 0; set < 2 ** (n + m); set++) {
      const ranks = Array.from({ length: n + m }, (_, i) => (set >> i) & 1);
      if (ranks.filter((rank) => rank === 1).length !== n) continue;
      all++;
      const text = ranks.join('');
      if (/^1+0+$|^0+1+$/.test(text)) apart++;
    }
    return apart / all;
  };
  for (const [n, m] of [
    [2, 2],
    [3, 3],
    [5, 5],
    [2, 7],
  ] as const) {
    const sample = (count: number): Sample => ({ value: 0, min: 0, max: 0, runs: count });
    assert.ok(Math.abs(byChance(sample(n), sample(m)) - counted(n, m)) < 1e-12);
  }
  assert.equal(byChance(runs(1), runs(1, 2)), 0);
  assert.equal(byChance(exact(1), exact(2)), 0);
});

test('spreads are how far apart medians are, of how far the runs of each reach towards the other', () => {
  assert.equal(spreadsApart(runs(1, 2, 3), runs(3, 4, 5)), 1);
  assert.equal(spreadsApart(runs(1, 2, 3), runs(5, 6, 7)), 2);
  assert.equal(spreadsApart(runs(5, 6, 7), runs(1, 2, 3)), 2);
  assert.equal(spreadsApart(runs(2, 2, 2), runs(3, 3, 3)), Number.POSITIVE_INFINITY);
  assert.equal(spreadsApart(runs(2, 2, 2), runs(2, 2, 2)), 0);
});

test('without a spread there are none', () => {
  assert.equal(spreadsApart(runs(1), runs(2, 3)), null);
  assert.equal(spreadsApart(exact(1), exact(2)), null);
  assert.equal(spreadsApart(null, runs(2, 3)), null);
});

test('more than one spread apart and different are the same thing', () => {
  // Of integers: whether they just touch is exact.
  const sample = fc
    .array(fc.integer({ min: 0, max: 50 }), { minLength: 2, maxLength: 7 })
    .map((values) => runs(...values.sort((x, y) => x - y)));
  fc.assert(
    fc.property(sample, sample, (a, b) => {
      assert.equal(spreadsApart(a, b)! > 1, judge(a, b, undefined) === 'differs');
    }),
  );
});
