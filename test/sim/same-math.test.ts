import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sameExp, sameLog, samePower } from '../../src/common/same-math.js';

/** Units of the last place, for a result of about 1. */
const UNIT = Number.EPSILON;
const positive = fc.double({ min: 1e-300, max: 1e300, noNaN: true });

test('logarithm and exponential are those of Math, but for the last places', () => {
  fc.assert(
    fc.property(positive, (value) => {
      const expected = Math.log(value);
      assert.ok(Math.abs(sameLog(value) - expected) <= 4 * UNIT * Math.max(1, Math.abs(expected)));
    }),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (exponent) => {
      assert.ok(Math.abs(sameExp(exponent) / Math.exp(exponent) - 1) <= 4 * UNIT);
    }),
    { numRuns: 1000 },
  );
});

test('a power is that of Math, but for the last places, also for a knee of a loaded link', () => {
  const base = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
  fc.assert(
    fc.property(base, fc.double({ min: -100, max: 100, noNaN: true }), (value, exponent) => {
      const size = 1 + Math.abs(exponent * Math.log(value));
      assert.ok(Math.abs(samePower(value, exponent) / value ** exponent - 1) <= 4 * UNIT * size);
    }),
    { numRuns: 1000 },
  );
});

test('the ends: 0, 1, infinity and what is not a number', () => {
  assert.equal(samePower(0, 4.2), 0);
  assert.equal(samePower(1, 1e9), 1);
  assert.equal(samePower(7, 0), 1);
  assert.equal(samePower(0.5, 2000), 0);
  assert.equal(samePower(2, 2000), Number.POSITIVE_INFINITY);
  assert.equal(sameExp(0), 1);
  assert.equal(sameExp(1000), Number.POSITIVE_INFINITY);
  assert.equal(sameLog(1), 0);
  assert.equal(sameLog(0), Number.NEGATIVE_INFINITY);
  assert.ok(Number.isNaN(sameLog(-1)));
  assert.ok(Number.isNaN(sameExp(Number.NaN)));
});
