import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ageLevel,
  ageOfLevel,
  byteAgeLevel,
  byteRateLevel,
  heatByte,
  MAX_LEVEL,
  rateLevel,
  rateOfLevel,
} from '../../src/heat/heat-byte.js';

test('rate levels are the steps of docs/heat.md', () => {
  for (let f = 2; f <= 14; f++) {
    assert.equal(rateOfLevel(f), 2 ** (2 * f - 14));
    assert.equal(rateLevel(2 ** (2 * f - 14)), f);
    assert.equal(rateLevel(2 ** (2 * f - 12) * 0.9999), f);
  }
  assert.deepEqual([0, 1e-9, 2 ** -10 * 0.9999].map(rateLevel), [1, 1, 1]);
  assert.deepEqual([65_536, 1e9, Number.POSITIVE_INFINITY].map(rateLevel), [MAX_LEVEL, MAX_LEVEL, MAX_LEVEL]);
  assert.deepEqual([rateOfLevel(1), rateOfLevel(MAX_LEVEL)], [0, 65_536]);
});

test('recency levels are the steps of docs/heat.md', () => {
  for (let a = 2; a <= 14; a++) {
    assert.equal(ageOfLevel(a), 2 ** (18 - a));
    assert.equal(ageLevel(2 ** (18 - a)), a);
    assert.equal(ageLevel(2 ** (19 - a) * 0.9999), a);
  }
  assert.deepEqual([0, 1, 15.99].map(ageLevel), [MAX_LEVEL, MAX_LEVEL, MAX_LEVEL]);
  assert.deepEqual([131_072, 1e12, Number.POSITIVE_INFINITY].map(ageLevel), [1, 1, 1]);
  assert.deepEqual([ageOfLevel(0), ageOfLevel(MAX_LEVEL)], [Number.POSITIVE_INFINITY, 0]);
});

test('only an unknown page has the byte 0', () => {
  assert.equal(heatByte(Number.NaN, 5), 0);
  assert.equal(heatByte(0, Number.NaN), 0x10);
  for (const rate of [0, 1e-6, 1, 1e9]) {
    for (const age of [0, 100, 1e9, Number.NaN]) {
      const byte = heatByte(rate, age);
      assert.ok(byte > 0 && byte <= 255);
      assert.deepEqual([byteRateLevel(byte), byteAgeLevel(byte)], [rateLevel(rate), ageLevel(age)]);
    }
  }
});
