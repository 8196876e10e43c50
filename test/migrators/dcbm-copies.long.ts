import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ERRNO } from '../../src/common/errno.js';
import { seededRandom } from '../../src/common/random.js';
import { copyList } from '../ferry/support/copy-list.js';
import { DcbmBench, FRAME } from './dcbm-bench.js';
import type { Fate } from './fake-dma-channel.js';
import { apart, FakeIommu, type FakeMapper, IdentityMapper, ReversedMapper, together } from './fake-iommu.js';
import { randomList } from './random-list.js';

const MAPPERS: Record<string, (seed: number) => FakeMapper> = {
  identity: () => new IdentityMapper(FRAME),
  reversed: () => new ReversedMapper(FRAME, 4096),
  'merging everything': () => new FakeIommu(FRAME, together),
  'merging nothing': () => new FakeIommu(FRAME, apart),
  'merging this and that': (seed) => FakeIommu.random(FRAME, seededRandom(seed)),
};

const setting = fc.record({
  list: randomList,
  seed: fc.nat(),
  wanted: fc.integer({ min: 1, max: 16 }),
  ready: fc.integer({ min: 1, max: 16 }),
  // Also such that descriptors end within a frame.
  maxBytes: fc.constantFrom(17, FRAME, 3 * FRAME, 100 * FRAME),
});

for (const [name, mapper] of Object.entries(MAPPERS)) {
  test(`every byte arrives and nothing else is touched, with a mapper ${name}`, () => {
    fc.assert(
      fc.property(setting, ({ list, seed, wanted, ready, maxBytes }) => {
        const bench = new DcbmBench({
          mapper: mapper(seed),
          random: seededRandom(seed),
          channels: 16,
          capacity: 8192,
          maxBytes,
          wanted,
          ready,
        });
        assert.equal(bench.copy(list), 0);
        assert.ok(list.copied.every((mark) => mark === 1));
        assert.ok(!list.quarantined.includes(1));
        bench.check(list);
        assert.equal(bench.device.inUse.length, Math.min(wanted, ready));
        const busy = bench.shares().filter((bytes) => bytes > 0).length;
        assert.equal(busy, Math.min(wanted, ready, list.length));
      }),
      { numRuns: 60 },
    );
  });
}

test('whatever fails half way or finds no descriptor, just the folios that are wholly there are marked', () => {
  fc.assert(
    fc.property(
      setting,
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 0, max: 2 }),
      ({ list, seed, wanted, ready, maxBytes }, capacity, failing) => {
        const random = seededRandom(seed);
        const bench = new DcbmBench({
          mapper: FakeIommu.random(FRAME, seededRandom(seed + 1)),
          random,
          channels: 16,
          capacity,
          maxBytes,
          wanted,
          ready,
        });
        let failed = false;
        bench.device.fate = ({ bytes }): Fate => {
          if (random(4) >= failing) return 'copied';
          failed = true;
          return random(bytes);
        };
        const result = bench.copy(list);
        bench.check(list);
        const whole = list.copied.every((mark) => mark === 1);
        assert.equal(result, whole ? 0 : failed ? -ERRNO.EIO : -ERRNO.EBUSY);
        assert.ok(!list.quarantined.includes(1));
      },
    ),
    { numRuns: 300 },
  );
});

test('neighbours that both sides have in common are one descriptor', () => {
  const bench = new DcbmBench({ mapper: new IdentityMapper(FRAME), wanted: 1 });
  const list = copyList([2048, 10, 0], [2049, 11, 2], [2053, 15, 0], [2054, 100, 0], [3000, 101, 0]);
  assert.equal(bench.copy(list), 0);
  bench.check(list);
  assert.deepEqual(
    bench.channel(0).history.map(({ dst, src, bytes }) => [dst / FRAME, src / FRAME, bytes / FRAME]),
    [
      [2048, 10, 6],
      [2054, 100, 1],
      [3000, 101, 1],
    ],
  );
});

test('one merged segment on one side and many on the other are copied piece by piece', () => {
  // Sources are mapped first, then destinations: their runs are counted alike.
  for (const sourcesMerged of [true, false]) {
    let maps = 0;
    const iommu = new FakeIommu(FRAME, () => maps % 2 === (sourcesMerged ? 1 : 0));
    const map = iommu.map.bind(iommu);
    iommu.map = (table) => {
      maps++;
      return map(table);
    };
    const bench = new DcbmBench({ mapper: iommu, wanted: 1 });
    const list = copyList([2048, 10, 3], [2080, 30, 0], [2100, 40, 1]);
    assert.equal(bench.copy(list), 0);
    bench.check(list);
    const pieces = bench.channel(0).history.map(({ bytes }) => bytes / FRAME);
    assert.deepEqual(pieces, [8, 1, 2]);
  }
});

test('a descriptor that stops half way costs its own folio and those behind it in the same descriptor', () => {
  const bench = new DcbmBench({ mapper: new FakeIommu(FRAME, together), wanted: 2 });
  const list = copyList(
    [2048, 10, 0],
    [2060, 20, 0],
    [2070, 30, 1],
    [2080, 40, 0],
    [2090, 50, 2],
    [2100, 60, 0],
  );
  // The first two pages and a byte of the first channel's share.
  bench.device.fate = (_, channel) => (channel === 0 ? 2 * FRAME + 1 : 'copied');
  assert.equal(bench.copy(list), -ERRNO.EIO);
  bench.check(list);
  assert.deepEqual([...list.copied], [1, 1, 0, 0, 1, 1]);
  assert.deepEqual([...list.quarantined], [0, 0, 0, 0, 0, 0]);
});
