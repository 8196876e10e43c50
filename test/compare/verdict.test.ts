import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../../src/compare/comparable.js';
import { byChance, judge } from '../../src/compare/verdict.js';

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
