import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccessMeter, LINE_WORDS } from '../../src/bench/access/access-times.js';
import { chaseLinks, damagedWords, fillChase } from '../../src/bench/access/chase.js';

const LINES = 3000;
const SEED = 5;

function chaseOf(): { words: Int32Array; links: Int32Array } {
  const links = chaseLinks(LINES, SEED);
  const words = new Int32Array(new SharedArrayBuffer(LINES * LINE_WORDS * 4));
  fillChase(words, links, SEED);
  return { words, links };
}

test('the links are one cycle through every place', () => {
  for (const count of [1, 2, 3, 1000]) {
    const links = chaseLinks(count, 1);
    const seen = new Set<number>();
    for (let at = 0; !seen.has(at); at = links[at]!) seen.add(at);
    assert.equal(seen.size, count);
  }
});

test('the chase goes through every line and comes back', () => {
  const { words } = chaseOf();
  let at = 0;
  let steps = 0;
  do {
    assert.equal(at % LINE_WORDS, 0);
    at = words[at]!;
    steps++;
  } while (at !== 0);
  assert.equal(steps, LINES);
});

test('a word that changed, a page of zeros and exchanged pages are damage', () => {
  const { words, links } = chaseOf();
  assert.equal(damagedWords(words, links, SEED), 0);
  words[100]! += 1;
  assert.equal(damagedWords(words, links, SEED), 1);
  words[100]! -= 1;
  words.copyWithin(1024, 0, 1024);
  assert.ok(damagedWords(words, links, SEED) > 1000);
  words.fill(0, 1024, 2048);
  assert.ok(damagedWords(words, links, SEED) > 1000);
});

test('measuring gives a time for every kind and leaves memory as it was', () => {
  const { words, links } = chaseOf();
  const meter = new AccessMeter(words);
  const times = meter.measure(1001);
  assert.deepEqual(Object.keys(times), ['dependentNs', 'independentNs', 'sequentialNs', 'addNs']);
  for (const time of Object.values(times)) assert.ok(time > 0);
  assert.equal(damagedWords(words, links, SEED), 0);
  assert.equal(Number.isFinite(meter.sum), true);
});
