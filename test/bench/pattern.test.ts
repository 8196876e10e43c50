import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillPattern, firstDamaged } from '../../src/bench/harness/pattern.js';

const PAGE = 1024;

function filled(seed: number): Int32Array {
  const words = new Int32Array(8 * PAGE);
  fillPattern(words, seed);
  return words;
}

test('no word is zero, so that a lost page shows', () => {
  assert.ok(filled(1).every((word) => word !== 0));
  const words = filled(1);
  words.fill(0, 2 * PAGE, 3 * PAGE);
  assert.equal(firstDamaged(words, 1), 2 * PAGE);
});

test("two pages in each other's place show", () => {
  const words = filled(1);
  const page = words.slice(PAGE, 2 * PAGE);
  words.copyWithin(PAGE, 5 * PAGE, 6 * PAGE);
  words.set(page, 5 * PAGE);
  assert.equal(firstDamaged(words, 1), PAGE);
  assert.equal(firstDamaged(words, 1, 2 * PAGE), 5 * PAGE);
});

test('what is whole is whole, and only with its own seed', () => {
  assert.equal(firstDamaged(filled(42), 42), -1);
  assert.notEqual(firstDamaged(filled(42), 43), -1);
});
