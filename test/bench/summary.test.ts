import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gigabytesPerSecond, summarize } from '../../src/common/summary.js';

test('the median of an even count lies between the two in the middle; numbers sort as numbers', () => {
  assert.deepEqual(summarize([10, 9, 100]), { median: 10, min: 9, max: 100 });
  assert.deepEqual(summarize([4, 1, 3, 2]), { median: 2.5, min: 1, max: 4 });
  assert.deepEqual(summarize([7]), { median: 7, min: 7, max: 7 });
});

test('GB/s are decimal, and nothing in no time is nothing', () => {
  assert.equal(gigabytesPerSecond(2e9, 1e9), 2);
  assert.equal(gigabytesPerSecond(0, 0), 0);
});
