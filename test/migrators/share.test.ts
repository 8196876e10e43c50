import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { divide, pagesOf, runEnd, runPages } from '../../src/migrators/share.js';
import { copyList, type FolioTriple } from '../ferry/support/copy-list.js';

const listOf = (orders: readonly number[]) => copyList(...orders.map((order): FolioTriple => [0, 0, order]));

/** Pages of each share. */
function shared(orders: readonly number[], shares: number): number[] {
  const list = listOf(orders);
  const ends = new Uint32Array(16).fill(99);
  divide(list, pagesOf(list), shares, ends);
  let first = 0;
  const pages = Array.from(ends.subarray(0, shares), (end) => {
    const share = orders.slice(first, end);
    assert.ok(share.length > 0, 'each has a folio');
    first = end;
    return share.reduce((sum, order) => sum + 2 ** order, 0);
  });
  assert.equal(first, orders.length, 'the last one has the last folio');
  assert.ok(
    ends.subarray(shares).every((end) => end === 99),
    'only the shares are filled in',
  );
  return pages;
}

test('the pages of a list are those of its folios, whatever lies behind them in the arrays', () => {
  assert.equal(pagesOf(copyList()), 0);
  assert.equal(pagesOf(listOf([0, 0, 9, 3])), 522);
  assert.equal(pagesOf({ ...listOf([0, 9, 4]), length: 1 }), 1);
});

test('shares are near-even', () => {
  assert.deepEqual(shared([0, 0, 0, 0], 4), [1, 1, 1, 1]);
  assert.deepEqual(shared([0, 0, 0, 0, 0], 2), [3, 2]);
  assert.deepEqual(shared([9, 0, 0, 0], 4), [512, 1, 1, 1]);
  assert.deepEqual(shared([0, 0, 0, 9], 4), [1, 1, 1, 512]);
  assert.deepEqual(shared([0, 0, 9, 9], 2), [514, 512]);
  assert.deepEqual(shared([3, 3, 3, 3, 3, 3], 3), [16, 16, 16]);
});

test('every folio is in just one share, none is empty, and none is off by more than the largest folio', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 100 }),
      fc.integer({ min: 1, max: 16 }),
      (orders, max) => {
        const shares = Math.min(max, orders.length);
        const pages = shared(orders, shares);
        const all = orders.reduce((sum, order) => sum + 2 ** order, 0);
        const largest = 2 ** Math.max(...orders);
        for (const share of pages) assert.ok(share <= all / shares + largest, `${share} of ${all}`);
      },
    ),
  );
});

test('folios of one order differ by one at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 16 }), (count, max) => {
      const shares = shared(new Array<number>(count).fill(2), Math.min(max, count));
      assert.ok(Math.max(...shares) - Math.min(...shares) <= 4);
    }),
  );
});

test('a run that is known to be one is divided as it would be folio by folio', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 100 }),
      fc.integer({ min: 1, max: 16 }),
      (orders, max) => {
        let at = 0;
        const list = copyList(
          ...orders.map((order): FolioTriple => {
            const triple: FolioTriple = [100_000 + at, at - 5000, order];
            at += 2 ** order;
            return triple;
          }),
        );
        const run = { ...list, runPages: at };
        assert.equal(pagesOf(run), pagesOf(list));
        assert.equal(runEnd(run, 0), runEnd(list, 0));
        assert.equal(runPages(run, 0, list.length), at);
        const shares = Math.min(max, orders.length);
        const [each, whole] = [new Uint32Array(16), new Uint32Array(16)];
        divide(list, at, shares, each);
        divide(run, at, shares, whole);
        assert.deepEqual(whole, each);
      },
    ),
  );
});
