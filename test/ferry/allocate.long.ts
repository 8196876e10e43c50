import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GIB, oneBuffer } from './support/allocate-scenes.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';

oneBuffer(FOLIO_SIZES.slice(1));

test('a range across two buffers moves the pages of both', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.allocate(4 * GIB + 64 * PAGE);
    const [first, second] = region.buffers as [SharedArrayBuffer, SharedArrayBuffer];
    const end = first.byteLength;
    const near = 16 * PAGE;
    // Up to a multiple of four bytes within the buffers, which a test of words needs.
    fill(first, 0, Math.floor((end - near) / 4) * 4, Math.floor(end / 4) * 4);
    fill(second, 1, 0, near);
    const result = await region.migrate({ to: 1, offset: end - near + PAGE, length: 2 * near - 2 * PAGE });
    assert.ok(result.foliosMoved >= 26, `${result.foliosMoved} moved`);
    assert.equal(result.foliosAbsent, 0);
    assert.deepEqual(result.failures, []);
    assertContent(first, 0, Math.floor((end - near) / 4) * 4, Math.floor(end / 4) * 4);
    assertContent(second, 1, 0, near);
  });
});

test('a failure in a later buffer is reported by its offset in the region', LIMIT, async () => {
  const nodes = [
    { id: 0, numaNode: 0 },
    { id: 1, numaNode: 0, capacityBytes: 4 * PAGE },
  ];
  await withFerry({ nodes, batchBytes: 4096 }, async (ferry) => {
    const region = ferry.allocate(4 * GIB + 64 * PAGE);
    const [first, second] = region.buffers as [SharedArrayBuffer, SharedArrayBuffer];
    fill(second);
    const { offset } = region.migratable[1]!;
    const result = await region.migrate({ to: 1, offset, length: 8 * PAGE });
    assert.ok(offset >= first.byteLength);
    assert.equal(result.code, 'ENOMEM');
    assert.deepEqual(result.failures, [{ offset: offset + 4 * PAGE, length: 4 * PAGE, code: 'ENOMEM' }]);
    assertContent(second);
  });
});

test('pools keep no more than their maximum', LIMIT, async () => {
  await withFerry({ poolBytes: 4 * MIB }, async (ferry) => {
    const region = ferry.allocate(32 * MIB);
    fill(region.buffer);
    for (const to of [1, 0, 1]) {
      assertAllMoved(region, await region.migrate({ to }));
      for (const { bytesPooled } of ferry.nodes) assert.ok(bytesPooled <= 4 * MIB, `${bytesPooled}`);
    }
    assertContent(region.buffer);
  });
});
