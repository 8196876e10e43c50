import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { copyList, type FolioTriple } from '../ferry/support/copy-list.js';
import { DcbmBench, FRAME } from './dcbm-bench.js';

/** Folios of these orders. */
function folios(...orders: readonly number[]) {
  let next = 0;
  return copyList(
    ...orders.map((order): FolioTriple => {
      const src = next;
      next += 1 << order;
      return [2048 + src, src, order];
    }),
  );
}

function sharesOf(bench: DcbmBench, ...orders: readonly number[]): number[] {
  const list = folios(...orders);
  const before = bench.shares();
  assert.equal(bench.copy(list), 0);
  bench.check(list);
  return bench.shares().map((bytes, i) => (bytes - (before[i] ?? 0)) / FRAME);
}

test('folios of one order are shared out evenly, but for one', () => {
  for (const count of [4, 5, 7, 8, 63, 64, 513]) {
    const shares = sharesOf(new DcbmBench(), ...new Array<number>(count).fill(0));
    assert.equal(shares.length, 4);
    assert.equal(
      shares.reduce((sum, share) => sum + share),
      count,
    );
    assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, String(shares));
  }
});

test('shares are even by pages, not by folios', () => {
  const small = new Array<number>(16).fill(0);
  assert.deepEqual(sharesOf(new DcbmBench({ wanted: 2 }), 4, ...small), [16, 16]);
  assert.deepEqual(sharesOf(new DcbmBench({ wanted: 2 }), ...small, 4), [16, 16]);
  assert.deepEqual(sharesOf(new DcbmBench({ wanted: 3 }), 3, 0, 0, 0, 0, 2, 3), [8, 8, 8]);
});

test('there are never more channels than folios, and each has at least one', () => {
  assert.deepEqual(sharesOf(new DcbmBench(), 9), [512, 0, 0, 0]);
  assert.deepEqual(sharesOf(new DcbmBench(), 9, 0), [512, 1, 0, 0]);
  assert.deepEqual(sharesOf(new DcbmBench(), 0, 0, 0, 9), [1, 1, 1, 512]);
  assert.deepEqual(sharesOf(new DcbmBench(), 9, 0, 0, 0), [512, 1, 1, 1]);
});

test('nr_dma_chan is followed from batch to batch, up and down', async () => {
  const bench = new DcbmBench({ channels: 8, ready: 8, wanted: 1 });
  const eight = new Array<number>(8).fill(0);
  for (const wanted of [1, 3, 8, 2, 5, 1, 4]) {
    bench.wanted = wanted;
    const before = bench.device.requested.map(({ history }) => history.length);
    const list = folios(...eight);
    assert.equal(bench.copy(list), 0);
    bench.check(list);
    assert.equal(bench.migrator.channels, wanted);
    assert.equal(bench.device.inUse.length, wanted);
    const used = new Set(
      bench.device.requested.filter(({ history }, i) => history.length > (before[i] ?? 0)),
    );
    assert.equal(used.size, wanted);
    await turn();
  }
  assert.deepEqual(bench.device.prepared, [], 'there were enough all the time');
});

test('nr_dma_chan is kept within 1 and 16', () => {
  const bench = new DcbmBench({ channels: 32, ready: 32, wanted: 100 });
  sharesOf(bench, ...new Array<number>(32).fill(0));
  assert.equal(bench.migrator.channels, 16);
  bench.wanted = 0;
  sharesOf(bench, ...new Array<number>(32).fill(0));
  assert.equal(bench.migrator.channels, 1);
});

test('with fewer channels wanted, no batch gets more, even if the others are still busy', () => {
  const bench = new DcbmBench({ channels: 8, ready: 8, wanted: 4 });
  const first = folios(0, 0, 0, 0);
  const started = bench.start(first);
  bench.wanted = 1;
  const before = bench.device.requested.map(({ history }) => history.length);
  const second = copyList([3000, 10, 0], [3001, 11, 0], [3002, 12, 0]);
  const other = bench.start(second);
  const used = bench.device.requested.filter(({ history }, i) => history.length > before[i]!);
  assert.equal(used.length, 1);
  assert.equal(started.finish(), 0);
  assert.equal(other.finish(), 0);
  bench.check(first, second);
  sharesOf(bench, 0, 0);
  assert.equal(bench.device.inUse.length, 1);
  assert.equal(bench.device.released.length, 3);
});

test('small batches that follow each other do not queue behind one channel', () => {
  const bench = new DcbmBench({ wanted: 3 });
  const lists = [0, 1, 2].map((i) => copyList([3000 + i, i, 0]));
  const started = lists.map((list) => bench.start(list));
  assert.deepEqual(bench.shares(), [FRAME, FRAME, FRAME]);
  for (const one of started) assert.equal(one.finish(), 0);
  bench.check(...lists);
});
