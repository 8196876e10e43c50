import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ERRNO } from '../../src/common/errno.js';
import { seededRandom } from '../../src/common/random.js';
import { copyList, type FolioTriple } from '../ferry/support/copy-list.js';
import { DcbmBench, FRAME } from './dcbm-bench.js';
import { apart, FakeIommu, IdentityMapper } from './fake-iommu.js';

/** `count` folios of one frame that are no neighbours. */
function pages(count: number, at = 0) {
  return copyList(...Array.from({ length: count }, (_, i): FolioTriple => [2048 + at + i, at + i * 2, 0]));
}

test('without a channel it refuses, asks for some, and uses them once they are there', async () => {
  const bench = new DcbmBench({ ready: 0, wanted: 3 });
  assert.equal(bench.refuses(pages(4)), -ERRNO.ENODEV);
  assert.equal(bench.refuses(pages(4)), -ERRNO.ENODEV);
  assert.deepEqual(bench.device.prepared, [], 'not while something may be unmapped');
  await turn();
  assert.deepEqual(bench.device.prepared, [3]);
  await turn();
  const list = pages(6);
  assert.equal(bench.copy(list), 0);
  bench.check(list);
  assert.deepEqual(bench.shares(), [2 * FRAME, 2 * FRAME, 2 * FRAME]);
});

test('with fewer channels than wanted it uses those, and asks for the missing ones only', async () => {
  const bench = new DcbmBench({ ready: 1, wanted: 3 });
  const list = pages(4);
  assert.equal(bench.copy(list), 0);
  bench.check(list);
  await turn();
  assert.deepEqual(bench.device.prepared, [2]);
  await turn();
  bench.wanted = 4;
  assert.equal(bench.copy(pages(4)), 0);
  await turn();
  assert.deepEqual(bench.device.prepared, [2, 1]);
});

test('a device that has none to give is asked again, and no error of its matters', async () => {
  const bench = new DcbmBench({ channels: 0, ready: 0, wanted: 2 });
  for (let i = 1; i <= 3; i++) {
    assert.equal(bench.refuses(pages(2)), -ERRNO.ENODEV);
    await turn();
    await turn();
    assert.equal(bench.device.prepared.length, i);
  }
});

test('when every descriptor is in use it refuses, and copies again once there are some', () => {
  const bench = new DcbmBench({ channels: 2, capacity: 2, wanted: 2 });
  const first = pages(4);
  const started = bench.start(first);
  assert.equal(bench.refuses(pages(2, 100)), -ERRNO.EBUSY);
  assert.equal(bench.refuses(pages(1, 100)), -ERRNO.EBUSY);
  assert.equal(started.finish(), 0);
  bench.check(first);
  const next = pages(3, 100);
  assert.equal(bench.copy(next), 0);
  bench.check(next);
});

test('what finds no descriptor is left to others; what finds one is copied', () => {
  const bench = new DcbmBench({ channels: 2, capacity: 3, wanted: 2 });
  const list = pages(10);
  assert.equal(bench.copy(list), -ERRNO.EBUSY);
  bench.check(list);
  assert.deepEqual([...list.copied], [1, 1, 1, 0, 0, 1, 1, 1, 0, 0]);
  assert.ok(!list.quarantined.includes(1));
});

test('a folio that only found a descriptor for its first part is not marked', () => {
  const bench = new DcbmBench({ channels: 1, capacity: 3, maxBytes: FRAME, wanted: 1 });
  const list = copyList([2048, 0, 1], [2060, 10, 2]);
  assert.equal(bench.copy(list), -ERRNO.EBUSY);
  bench.check(list);
  assert.deepEqual([...list.copied], [1, 0]);
});

test('a share that cannot be mapped is left to others', () => {
  for (const errors of [[-ERRNO.ENOMEM], [0, -ERRNO.ENOMEM]]) {
    const iommu = new FakeIommu(FRAME, apart);
    const bench = new DcbmBench({ mapper: iommu, wanted: 2 });
    iommu.errors.push(...errors);
    const list = pages(4);
    assert.equal(bench.copy(list), -ERRNO.EBUSY);
    bench.check(list);
    assert.deepEqual([...list.copied], [0, 0, 1, 1]);
  }
});

test('small batches are declined, before a channel is asked for', () => {
  const bench = new DcbmBench({ minBytes: 4 * FRAME });
  assert.equal(bench.refuses(pages(3)), -ERRNO.EOPNOTSUPP);
  assert.equal(bench.refuses(copyList([2048, 0, 1], [3000, 10, 0])), -ERRNO.EOPNOTSUPP);
  assert.deepEqual(bench.device.requested, []);
  for (const list of [pages(4), copyList([3000, 10, 2])]) {
    assert.equal(bench.copy(list), 0);
    bench.check(list);
  }
});

test('without a word on it, 512 KiB are the least', () => {
  const bench = new DcbmBench({ minBytes: -1, mapper: new IdentityMapper(FRAME) });
  const half = (512 * 1024) / FRAME / 2;
  const list = (last: number) => copyList([2048, 0, Math.log2(half)], [2048 + half, half, last]);
  assert.equal(bench.refuses(list(Math.log2(half) - 1)), -ERRNO.EOPNOTSUPP);
  const large = list(Math.log2(half));
  assert.equal(bench.copy(large), 0);
  bench.check(large);
});

test('an empty list is copied', () => {
  const bench = new DcbmBench({ ready: 0 });
  assert.equal(bench.copy(copyList()), 0);
});

test('several batches in flight are finished in their order, whatever order they end in', () => {
  for (let seed = 0; seed < 50; seed++) {
    const bench = new DcbmBench({ channels: 3, wanted: 3, random: seededRandom(seed) });
    const lists = [0, 1, 2, 3].map((i) => pages(3 + 5 * i, 100 * i));
    const started = lists.map((list) => bench.start(list));
    for (const [i, one] of started.entries()) {
      assert.equal(one.finish(), 0);
      assert.ok(lists[i]!.copied.every((mark) => mark === 1));
    }
    bench.check(...lists);
    // Transfers are used again.
    const last = pages(40, 600);
    assert.equal(bench.copy(last), 0);
    bench.check(last);
  }
});

test('a failure is that of its own batch', () => {
  const bench = new DcbmBench({ channels: 1, wanted: 1 });
  const good = pages(3);
  const bad = pages(3, 100);
  let met = 0;
  const badSource = bad.src[1]! * FRAME;
  bench.device.fate = ({ src }) => {
    met++;
    return bench.mapper.frameOf(src / FRAME) * FRAME === badSource ? 0 : 'copied';
  };
  const started = [bench.start(good), bench.start(bad)];
  assert.deepEqual(
    started.map((one) => one.finish()),
    [0, -ERRNO.EIO],
  );
  assert.equal(met, 6);
  bench.check(good, bad);
  assert.deepEqual([...bad.copied], [1, 0, 1]);
});

test('a batch that found too few descriptors has not failed, even if the one before has', () => {
  const bench = new DcbmBench({ channels: 1, capacity: 2, wanted: 1 });
  bench.device.fate = () => 0;
  const failed = pages(2);
  assert.equal(bench.copy(failed), -ERRNO.EIO);
  bench.device.fate = () => 'copied';
  const partly = pages(3, 100);
  assert.equal(bench.copy(partly), -ERRNO.EBUSY);
  bench.check(failed, partly);
  assert.deepEqual([...failed.copied, ...partly.copied], [0, 0, 1, 1, 0]);
});

test('release gives every channel back to the device, and the owner is gone', async () => {
  const bench = new DcbmBench({ channels: 4, ready: 2, wanted: 4 });
  assert.equal(bench.migrator.owner.acquire(), true);
  assert.equal(bench.copy(pages(8)), 0);
  const quarantined = bench.device.inUse;
  assert.equal(quarantined.length, 2);
  await bench.migrator.owner.release();
  assert.deepEqual(new Set(bench.device.released), new Set(quarantined));
  assert.deepEqual(bench.device.inUse, []);
  assert.equal(bench.migrator.channels, 0);
  assert.equal(bench.migrator.owner.acquire(), false);
  await turn();
  assert.deepEqual(bench.device.prepared, [], 'nobody needs the missing ones any more');
});
