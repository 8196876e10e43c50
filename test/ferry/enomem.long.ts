import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { CAPACITY, failedBytes, fullTarget, NODES } from './support/enomem-scenes.js';
import { HUGE, LIMIT, MIB, withFerry } from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';

fullTarget(FOLIO_SIZES.slice(1));

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
