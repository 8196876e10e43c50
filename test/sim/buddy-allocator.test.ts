import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BuddyAllocator } from '../../src/sim/hardware/buddy-allocator.js';

test('blocks are naturally aligned, taken in order, and halves of larger ones when there is no other', () => {
  const zone = new BuddyAllocator(2048);
  assert.equal(zone.take(0), 0);
  assert.equal(zone.take(0), 1);
  assert.equal(zone.take(9), 512);
  assert.equal(zone.take(3), 8);
  assert.equal(zone.freePages, 2048 - 1 - 1 - 512 - 8);
  assert.equal(zone.take(10), 1024);
  assert.equal(zone.take(10), -1);
});

test('what is given back becomes one block with its free buddies', () => {
  const zone = new BuddyAllocator(1024);
  const pages = Array.from({ length: 1024 }, () => zone.take(0));
  assert.equal(zone.take(0), -1);
  for (const page of pages) if (page % 2 === 0) zone.give(page, 0);
  assert.deepEqual(zone.blocks(), [512, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  assert.equal(zone.take(1), -1, 'half of it is free, and nothing of it is contiguous');
  for (const page of pages) if (page % 2 === 1) zone.give(page, 0);
  assert.deepEqual(zone.blocks(), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
});

test('a page may be taken out of the middle of a block', () => {
  const zone = new BuddyAllocator(1024);
  assert.equal(zone.takePage(700), true);
  assert.equal(zone.takePage(700), false);
  assert.equal(zone.blockOrder(700), -1);
  assert.equal(zone.blockOrder(0), 9);
  assert.deepEqual(zone.blocks(), [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
  zone.give(700, 0);
  assert.deepEqual(zone.blocks(), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
});

test('no page is given to two, none is lost, whatever is taken and given back', () => {
  const step = fc.record({ take: fc.boolean(), order: fc.nat(10), which: fc.nat(1000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const zone = new BuddyAllocator(3072);
      const owner = new Uint8Array(3072);
      const taken: [page: number, order: number][] = [];
      for (const { take, order, which } of steps) {
        if (take) {
          const page = zone.take(order);
          if (page < 0) continue;
          assert.equal(page % 2 ** order, 0);
          for (let k = page; k < page + 2 ** order; k++) assert.equal(owner[k]!++, 0);
          taken.push([page, order]);
        } else if (taken.length > 0) {
          const [[page, size]] = taken.splice(which % taken.length, 1) as [[number, number]];
          owner.fill(0, page, page + 2 ** size);
          zone.give(page, size);
        }
        const used = taken.reduce((sum, [, size]) => sum + 2 ** size, 0);
        assert.equal(zone.freePages, 3072 - used);
      }
      for (const [page, size] of taken) zone.give(page, size);
      assert.deepEqual(zone.blocks(), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]);
    }),
  );
});
