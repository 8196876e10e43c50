import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HISTOGRAM_BYTES, LONG_NS, WaitHistogram } from '../../src/common/wait-histogram.js';

function histogramOf(values: Iterable<number>): WaitHistogram {
  const histogram = new WaitHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

test('an empty one says 0 of everything', () => {
  const empty = new WaitHistogram();
  assert.deepEqual(
    [empty.count, empty.percentile(50), empty.maxNs, empty.totalNs, empty.long, empty.longNs],
    [0, 0, 0, 0, 0, 0],
  );
});

test('values below 64 ns are known exactly', () => {
  for (let value = 0; value < 64; value++) {
    assert.equal(histogramOf([value]).percentile(100), value);
  }
});

test('every other value is known to within a 32nd, and never said to be less than it was', () => {
  for (let value = 64; value < 2 ** 31; value = Math.ceil(value * 1.37)) {
    // The second keeps the first from being the maximum, which is exact.
    const said = histogramOf([value, value * 2]).percentile(50);
    assert.ok(said >= value && said <= value * (1 + 1 / 32), `${value} is said to be ${said}`);
  }
});

test('percentiles count accesses: one in ten thousand is the 99.99th', () => {
  const values = Array.from({ length: 9999 }, () => 40);
  const histogram = histogramOf([...values, 1_000_000]);
  assert.equal(histogram.count, 10_000);
  assert.equal(histogram.percentile(99.99), 40);
  assert.equal(histogram.percentile(99.995), 1_000_000);
  assert.equal(histogram.percentile(50), 40);
});

test('what is long is counted and added up by itself, and the longest is exact', () => {
  const histogram = histogramOf([100, LONG_NS - 1, LONG_NS, 123_456.5]);
  assert.equal(histogram.long, 2);
  assert.equal(histogram.longNs, LONG_NS + 123_456.5);
  assert.equal(histogram.totalNs, 100 + LONG_NS - 1 + LONG_NS + 123_456.5);
  assert.equal(histogram.maxNs, 123_456.5);
});

test('a wait of minutes is counted, and known by the maximum', () => {
  const histogram = histogramOf([100, 180e9]);
  assert.equal(histogram.count, 2);
  assert.equal(histogram.maxNs, 180e9);
  assert.ok(histogram.percentile(100) >= 2 ** 31 - 1);
});

test('what one thread records another one sees, adds up and resets', () => {
  const memory = new SharedArrayBuffer(2 * HISTOGRAM_BYTES);
  const [first, second] = [new WaitHistogram(memory), new WaitHistogram(memory, HISTOGRAM_BYTES)];
  first.record(50);
  first.record(70_000);
  second.record(90_000);
  const seen = new WaitHistogram(memory);
  assert.equal(seen.count, 2);
  seen.add(second);
  assert.deepEqual([first.count, first.maxNs, first.long], [3, 90_000, 2]);
  seen.reset();
  assert.deepEqual([first.count, first.maxNs], [0, 0]);
  assert.equal(second.count, 1);
});
