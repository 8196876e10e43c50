import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AddressRange, Claims, processClaims } from '../../src/ferry/claims.js';

const CLAIM_BYTES = 24;

/** A table with room for some claims, and the threads that see it. */
function table(room: number) {
  const memory = new ArrayBuffer(64 + room * CLAIM_BYTES);
  const alive = new Set([1, 2, 3]);
  const threadOf = (id: number) => new Claims(memory, { id, isAlive: (other) => alive.has(other) });
  return { memory, alive, threadOf, one: threadOf(1), two: threadOf(2) };
}

const range = (start: number, end: number): AddressRange => ({ start, end });

test('a claim is refused where it overlaps another, with the thread that has it', () => {
  const { one, two } = table(8);
  assert.equal(one.take([range(100, 200), range(300, 400)]), undefined);
  for (const taken of [range(100, 200), range(150, 160), range(50, 101), range(200, 301), range(0, 999)]) {
    const by = { start: taken.end > 300 && taken.start >= 199 ? 300 : 100, thread: 1 };
    assert.deepEqual(two.take([taken]), { by });
    assert.deepEqual(one.take([taken]), { by });
  }
  assert.equal(two.take([range(200, 300), range(400, 500), range(0, 100)]), undefined);
  assert.deepEqual([one.count, two.count], [5, 5]);
});

test('all of the ranges are taken, or none', () => {
  const { one, two } = table(8);
  one.take([range(500, 600)]);
  assert.deepEqual(two.take([range(0, 100), range(550, 560)]), { by: { start: 500, thread: 1 } });
  assert.equal(one.take([range(0, 100)]), undefined);
});

test('only the thread that has a claim gives it back', () => {
  const { one, two } = table(8);
  one.take([range(0, 100)]);
  two.release(range(0, 100));
  one.release(range(50, 100));
  assert.equal(one.count, 1);
  one.release(range(0, 100));
  assert.equal(two.take([range(0, 100)]), undefined);
});

test('the claims of a thread that has ended count no more', () => {
  const { one, two, alive } = table(8);
  one.take([range(0, 100), range(100, 200), range(300, 400)]);
  alive.delete(1);
  assert.equal(two.take([range(50, 150)]), undefined);
  assert.equal(two.count, 2);
});

test('a full table refuses, and makes room of what threads have left that have ended', () => {
  const { one, two, alive } = table(3);
  one.take([range(0, 1), range(1, 2)]);
  two.take([range(2, 3)]);
  assert.deepEqual(two.take([range(5, 6)]), { by: undefined });
  alive.delete(1);
  assert.equal(two.take([range(5, 6), range(6, 7)]), undefined);
  assert.equal(two.count, 3);
});

test('a thread that has ended with the lock does not keep others waiting', () => {
  const { memory, alive, one, threadOf } = table(8);
  one.take([range(0, 100)]);
  const lock = new Int32Array(memory, 0, 1);
  lock[0] = 3;
  alive.delete(3);
  assert.deepEqual(threadOf(2).take([range(50, 60)]), { by: { start: 0, thread: 1 } });
  // Its number can be that of a new thread.
  lock[0] = 2;
  assert.equal(threadOf(2).take([range(100, 200)]), undefined);
  assert.equal(lock[0], 0);
});

test('whatever is taken and given back, no byte is taken twice and none is lost', () => {
  const step = fc.record({
    thread: fc.integer({ min: 0, max: 1 }),
    start: fc.integer({ min: 0, max: 60 }),
    length: fc.integer({ min: 1, max: 12 }),
    back: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { one, two } = table(64);
      const held: { thread: number; range: AddressRange }[] = [];
      for (const { thread, start, length, back } of steps) {
        const claims = [one, two][thread]!;
        const wanted = range(start, start + length);
        const at = held.findIndex((each) => each.range.start === start);
        if (back) {
          claims.release(wanted);
          if (at >= 0 && held[at]!.thread === thread) held.splice(at, 1);
        } else {
          const clash = held.find((each) => each.range.start < wanted.end && wanted.start < each.range.end);
          const refusal = claims.take([wanted]);
          assert.equal(refusal !== undefined, clash !== undefined);
          if (clash === undefined) held.push({ thread, range: wanted });
        }
        assert.equal(one.count, held.length);
      }
    }),
  );
});

test('the process has one table, with room for a quarter of a million claims', () => {
  const claims = processClaims();
  const before = claims.count;
  const own = range(4096, 8192);
  assert.equal(claims.take([own]), undefined);
  assert.equal(processClaims().count, before + 1);
  claims.release(own);
  assert.equal(processClaims().count, before);
});
