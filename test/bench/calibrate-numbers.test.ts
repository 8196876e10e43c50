import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { spreadOf } from '../../src/bench/calibrate/move-sample.js';
import { fitNonNegative } from '../../src/bench/calibrate/non-negative-fit.js';
import { patternSearch } from '../../src/bench/calibrate/pattern-search.js';
import { near } from './calibrate-support.js';

test('equations that have a solution without negative numbers give it', () => {
  const number = fc.oneof(fc.constant(0), fc.double({ min: 1, max: 1e6, noNaN: true }));
  fc.assert(
    fc.property(number, number, number, (a, b, c) => {
      fc.pre(a + b + c > 0);
      const equations = [
        [1, 2, 3],
        [1, 1, 0],
        [1, 0, 7],
        [4, 5, 1],
      ].map((terms) => ({ terms, value: terms[0]! * a + terms[1]! * b + terms[2]! * c }));
      const usable = equations.filter(({ value }) => value > 0);
      fc.pre(usable.length === equations.length);
      const solved = fitNonNegative(equations, 3);
      const scale = Math.max(a, b, c);
      for (const [i, x] of [a, b, c].entries()) assert.ok(Math.abs(solved[i]! - x) < 1e-3 * scale);
    }),
  );
});

test('what would have to be negative is 0, and the others make the best of it', () => {
  const equations = [
    { terms: [1, 1], value: 10 },
    { terms: [1, 2], value: 8 },
  ];
  const [a, b] = fitNonNegative(equations, 2);
  assert.equal(b, 0);
  // The least of (a/10 - 1)² + (a/8 - 1)².
  assert.ok(near(a!, (1 / 10 + 1 / 8) / (1 / 100 + 1 / 64), 1e-9));
});

test('an unknown that no equation has is 0', () => {
  const [a, b] = fitNonNegative([{ terms: [2, 0], value: 6 }], 2);
  assert.ok(near(a!, 3, 1e-12));
  assert.equal(b, 0);
});

test('an equation with more weight is met more closely', () => {
  const fit = (weight: number) =>
    fitNonNegative(
      [
        { terms: [1], value: 10, weight },
        { terms: [1], value: 20 },
      ],
      1,
    )[0]!;
  assert.ok(Math.abs(fit(100) - 10) < Math.abs(fit(1) - 10));
});

test('a search finds the least, from far away, and leaves 0 alone', () => {
  const errorOf = ([a, b]: readonly number[]) => Math.log(a! / 70) ** 2 + Math.log(b! / 0.2) ** 2;
  const [a, b, c] = patternSearch([3, 5, 0], errorOf);
  assert.ok(near(a!, 70, 0.01) && near(b!, 0.2, 0.01), `${a}, ${b}`);
  assert.equal(c, 0);
});

test('the spread is that of the middle half: a few outliers are none', () => {
  assert.equal(spreadOf([10, 10, 10, 10, 1000]), 0);
  assert.equal(spreadOf([8, 9, 10, 11, 12]), 0.2);
});
