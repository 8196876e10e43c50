import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Processor } from '../../src/sim/hardware/processor.js';
import { VirtualClock } from '../../src/sim/hardware/virtual-clock.js';

test('events happen by time, and in the order asked for where that is the same', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 100 }), (delays) => {
      const clock = new VirtualClock();
      const happened: [time: number, number: number][] = [];
      for (const [number, delay] of delays.entries()) {
        clock.after(delay, () => {
          assert.equal(clock.now, delay);
          happened.push([delay, number]);
        });
      }
      clock.advance(20);
      assert.equal(clock.pending, 0);
      assert.deepEqual(
        happened,
        happened.toSorted(([a, i], [b, k]) => a - b || i - k),
      );
      assert.equal(happened.length, delays.length);
    }),
  );
});

test('an event may ask for others, also for the same moment', () => {
  const clock = new VirtualClock();
  const happened: string[] = [];
  clock.after(5, () => {
    happened.push('first');
    clock.after(0, () => happened.push('at once'));
    clock.after(5, () => happened.push('later'));
  });
  clock.advance(9);
  assert.deepEqual(happened, ['first', 'at once']);
  clock.advance(1);
  assert.deepEqual(happened, ['first', 'at once', 'later']);
  assert.equal(clock.now, 10);
});

test('alone, a thread has the processor to itself', () => {
  const clock = new VirtualClock();
  const processor = new Processor(clock, 1000);
  processor.spend(4500);
  processor.sleep(500);
  assert.equal(clock.now, 5000);
  assert.deepEqual(processor.times, { sys: 4500, user: 0, idle: 500 });
});

test('with a hog it gets every second slice, and the hog has what it sleeps', () => {
  const clock = new VirtualClock();
  const processor = new Processor(clock, 1000);
  processor.hogs = 1;
  processor.spend(900);
  assert.equal(clock.now, 900, 'it is still within its slice');
  processor.spend(4100);
  assert.equal(clock.now, 10_000);
  processor.sleep(300);
  assert.deepEqual(processor.times, { sys: 5000, user: 5300, idle: 0 });
  processor.spend(1);
  assert.equal(clock.now, 10_301, 'who wakes up goes on at once');
});

test('with three hogs it gets a quarter', () => {
  const clock = new VirtualClock();
  const processor = new Processor(clock, 1000);
  processor.hogs = 3;
  processor.spend(100_000);
  assert.equal(clock.now, 400_000);
  assert.equal(processor.times.user, 300_000);
});

test('a sleeper wakes up when what it waits for is over, or when its time is', () => {
  const clock = new VirtualClock();
  const processor = new Processor(clock, 1000);
  let over = false;
  clock.after(70, () => {
    over = true;
  });
  assert.equal(
    processor.sleepUntil(() => over, 50),
    false,
  );
  assert.equal(clock.now, 50);
  assert.equal(
    processor.sleepUntil(() => over, 50),
    true,
  );
  assert.equal(clock.now, 70);
  assert.deepEqual(processor.times, { sys: 0, user: 0, idle: 70 });
});
