import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countUpdates, fillCounters } from '../../src/bench/harness/counters.js';

const PAGE = 1024;

function counted(): Int32Array {
  const counters = new Int32Array(4 * PAGE);
  fillCounters(counters);
  for (let i = 0; i < 1000; i++) Atomics.add(counters, (i * 37) % counters.length, 1);
  return counters;
}

test('every update is found', () => {
  assert.deepEqual(countUpdates(counted(), 1000), { found: 1000, damaged: 0 });
});

test('one update that is lost shows', () => {
  const counters = counted();
  Atomics.sub(counters, 37, 1);
  assert.equal(countUpdates(counters, 1000).found, 999);
});

test('a page of zeros and two exchanged pages show as damage, even where nothing was counted', () => {
  const zeroed = new Int32Array(4 * PAGE);
  fillCounters(zeroed);
  const exchanged = zeroed.slice();
  zeroed.fill(0, PAGE, 2 * PAGE);
  assert.ok(countUpdates(zeroed, 1000).damaged > PAGE * 0.99);
  const page = exchanged.slice(0, PAGE);
  exchanged.copyWithin(0, PAGE, 2 * PAGE);
  exchanged.set(page, PAGE);
  assert.ok(countUpdates(exchanged, 1000).damaged > PAGE * 1.9);
});
