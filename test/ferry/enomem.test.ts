import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MigrateResult, NodeOption, Region } from '../../src/index.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, HUGE, LIMIT, MIB, PAGE, tally, whereAll, withFerry } from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';

const CAPACITY = 5 * MIB;
const NODES: readonly NodeOption[] = [
  { id: 0, numaNode: 0 },
  { id: 1, numaNode: 0, capacityBytes: CAPACITY },
];

function failedBytes({ failures }: MigrateResult): number {
  return failures.reduce((sum, { length }) => sum + length, 0);
}

function assertWithin(region: Region, { failures }: MigrateResult): void {
  const { offset, length } = region.migratable[0]!;
  let reached = offset;
  for (const failure of failures.toSorted((a, b) => a.offset - b.offset)) {
    assert.ok(failure.offset >= reached, 'failures do not overlap');
    assert.equal((failure.offset - offset) % PAGE, 0);
    reached = failure.offset + failure.length;
  }
  assert.ok(reached <= offset + length);
}

for (const folioSize of FOLIO_SIZES) {
  test(
    `a full target: ENOMEM, what fits has moved, the rest is where it was, folios of ${folioSize}`,
    LIMIT,
    async () => {
      await withFerry({ nodes: NODES }, async (ferry) => {
        const buffer = new SharedArrayBuffer(16 * MIB);
        const region = ferry.adopt(buffer, { folioSize });
        fill(buffer);
        const result = await region.migrate({ to: 1 });
        assert.equal(result.code, 'ENOMEM');
        assert.ok(result.bytesMoved > 0);
        assert.ok(result.bytesMoved <= CAPACITY, `${result.bytesMoved} bytes on a node of ${CAPACITY}`);
        assert.ok(result.bytesMoved > CAPACITY - HUGE, 'the node is filled');
        assert.ok(result.failures.every(({ code }) => code === 'ENOMEM'));
        assert.equal(result.bytesMoved + failedBytes(result), region.migratableBytes);
        assertWithin(region, result);
        assert.deepEqual(tally(await whereAll(region)), {
          0: failedBytes(result) / PAGE,
          1: result.bytesMoved / PAGE,
        });
        assertContent(buffer);

        // There is room again once something has left.
        const back = await region.migrate({ to: 0 });
        assert.equal(back.bytesMoved, result.bytesMoved);
        assert.equal(back.code, null);
        const part = { to: 1, offset: 6 * MIB, length: 2 * MIB };
        assert.equal((await region.migrate(part)).code, null);
        assertContent(buffer);
      });
    },
  );
}

test('bytesFree says what a node of limited capacity can still take', LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    const free = (): number => ferry.nodes[1]!.bytesFree;
    assert.equal(free(), CAPACITY);
    const region = ferry.allocate(2 * MIB);
    fill(region.buffer);
    await region.migrate({ to: 1 });
    assert.equal(free(), CAPACITY - region.migratableBytes);
    await region.migrate({ to: 0 });
    assert.equal(free(), CAPACITY);
  });
});

test('for numa_misplaced a large folio that finds no room is not split', LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    const buffer = new SharedArrayBuffer(16 * MIB);
    const region = ferry.adopt(buffer, { folioSize: HUGE });
    fill(buffer);
    const result = await region.migrate({ to: 1, reason: 'numa_misplaced' });
    assert.equal(result.code, 'ENOMEM');
    assert.equal(result.splits, 0);
    assert.equal(result.bytesMoved + failedBytes(result), region.migratableBytes);
    assertContent(buffer);
  });
});

test(
  'one region in the way of another: what does not fit stays, and fits when the other has left',
  LIMIT,
  async () => {
    await withFerry({ nodes: NODES }, async (ferry) => {
      const [first, second] = [0, 1].map((seed) => {
        const buffer = new SharedArrayBuffer(4 * MIB);
        fill(buffer, seed);
        return { buffer, region: ferry.adopt(buffer) };
      });
      assertAllMoved(first!.region, await first!.region.migrate({ to: 1 }));
      assert.equal((await second!.region.migrate({ to: 1 })).code, 'ENOMEM');
      assertAllMoved(first!.region, await first!.region.migrate({ to: 0 }));
      const rest = await second!.region.migrate({ to: 1 });
      assert.equal(rest.code, null, `${JSON.stringify(rest)}, ${JSON.stringify(ferry.nodes)}`);
      assert.equal((rest.foliosMoved + rest.foliosOnTarget) * PAGE, second!.region.migratableBytes);
      assertContent(first!.buffer, 0);
      assertContent(second!.buffer, 1);
    });
  },
);

test('movePages gives -ENOMEM for what found no room', LIMIT, async () => {
  const nodes = [NODES[0]!, { ...NODES[1]!, capacityBytes: 8 * PAGE }];
  await withFerry({ nodes }, async (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    const offsets = Array.from({ length: 32 }, (_, i) => (i + 1) * PAGE);
    const status = await region.movePages(
      offsets,
      offsets.map(() => 1),
    );
    const counts = tally(status);
    assert.equal(counts['1'], 8);
    assert.equal(counts['-12'], 24);
    assertContent(buffer);
  });
});
