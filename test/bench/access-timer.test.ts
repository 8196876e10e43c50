import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOCKS, clockCost, openTimer, ROUND } from '../../src/bench/stall/access-timer.js';
import { WaitHistogram } from '../../src/common/wait-histogram.js';

const WORDS = 1000;

function counted(): Int32Array {
  const words = new Int32Array(new SharedArrayBuffer(WORDS * 4));
  for (let i = 0; i < WORDS; i++) words[i] = i * 3;
  return words;
}

// Where there is no counter both are performance.now.
for (const clock of CLOCKS) {
  test(`by ${clock}: reads find what is there, each is recorded, and nothing changes`, () => {
    const words = counted();
    const timer = openTimer('read', words, clock);
    const times = new WaitHistogram();
    for (let i = 0; i < ROUND; i++) timer.places[i] = (i * 37) % WORDS;
    timer.run(times);
    assert.deepEqual(
      [...timer.values],
      [...timer.places].map((place) => place * 3),
    );
    assert.equal(times.count, ROUND);
    assert.ok(times.totalNs > 0);
    assert.deepEqual(words, counted());
  });

  test(`by ${clock}: updates add one each, and find what was there before`, () => {
    const words = counted();
    const timer = openTimer('add', words, clock);
    timer.places.fill(7);
    timer.run(new WaitHistogram());
    assert.equal(words[7], 21 + ROUND);
    assert.deepEqual(
      [...timer.values],
      Array.from({ length: ROUND }, (_, i) => 21 + i),
    );
  });

  test(`by ${clock}: its cost is measured, and a cycle is no shorter`, () => {
    const { costNs, cycleNs } = clockCost('read', clock);
    assert.ok(costNs > 0);
    assert.ok(cycleNs >= costNs / 2, `${cycleNs} ${costNs}`);
  });
}

test('a place outside is refused before machine code could touch it', (t) => {
  const timer = openTimer('read', counted());
  if (timer.clock !== 'counter') return t.skip('no steady counter here');
  for (const place of [-1, WORDS]) {
    timer.places.fill(0);
    timer.places[ROUND - 1] = place;
    assert.throws(() => timer.run(new WaitHistogram()), RangeError);
  }
});
