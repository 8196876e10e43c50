import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillCounters } from '../../src/bench/harness/counters.js';
import { UpdateBooks } from '../../src/bench/stall/update-books.js';

const WORDS = 4096;

function counters(): Int32Array {
  const words = new Int32Array(WORDS);
  fillCounters(words);
  return words;
}

function update(words: Int32Array, times: number): void {
  for (let i = 0; i < times; i++) words[(i * 37) % WORDS]! += 1;
}

test('updates that are all there are not lost, run after run', () => {
  const words = counters();
  const books = new UpdateBooks(words);
  for (const times of [1000, 0, 5000]) {
    update(words, times);
    assert.equal(books.lostOf(times), 0);
  }
});

test('one that is missing is lost, and so is one that is there twice; each is counted once', () => {
  const words = counters();
  const books = new UpdateBooks(words);
  update(words, 1000);
  assert.equal(books.lostOf(1001), 1);
  update(words, 1000);
  assert.equal(books.lostOf(1000), 0);
  update(words, 1002);
  assert.equal(books.lostOf(1001), 1);
});

test('a page of zeros and a page in the wrong place are places that are damaged', () => {
  const words = counters();
  const books = new UpdateBooks(words);
  words.fill(0, 0, 1024);
  assert.ok(books.lostOf(0) >= 1000);
  words.copyWithin(1024, 2048, 3072);
  assert.ok(books.lostOf(0) >= 1000);
  assert.equal(books.lostOf(0), 0);
});
