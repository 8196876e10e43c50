import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GIB, oneBuffer } from './support/allocate-scenes.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, PAGE, refusal, withFerry } from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';
import { PageTables } from './support/pages.js';

oneBuffer(FOLIO_SIZES.slice(0, 1));

test('huge folios stay huge on the way', LIMIT, async (t) => {
  const tables = new PageTables();
  await withFerry({}, async (ferry) => {
    const region = ferry.allocate(16 * MIB, { folioSize: 2 * MIB });
    const buffer = region.buffer;
    fill(buffer);
    const huge = tables.hugeBytes(buffer);
    if (huge === 0) t.skip('this host gives no transparent huge pages');
    for (const to of [1, 0, 1]) {
      assertAllMoved(region, await region.migrate({ to }));
      assert.equal(tables.hugeBytes(buffer), huge);
    }
    assertContent(buffer);
  });
  tables.close();
});

test('more than 4 GiB are several buffers, whose offsets run on', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    // Not touched but for a few pages, so that it costs address space only.
    for (const bytes of [4 * GIB + 8 * PAGE, 4 * GIB + 1, 9 * GIB + 12_345]) {
      const region = ferry.allocate(bytes);
      const buffers = region.buffers as readonly SharedArrayBuffer[];
      assert.ok(buffers.length > 1);
      assert.ok(buffers.every(({ byteLength }) => byteLength <= 4 * GIB));
      assert.equal(
        buffers.reduce((sum, { byteLength }) => sum + byteLength, 0),
        bytes,
      );
      assert.throws(() => region.buffer, refusal('EINVAL', 'region'));
      assert.equal(region.migratable.length, buffers.length);
      let base = 0;
      const touched: number[] = [];
      for (const [i, buffer] of buffers.entries()) {
        const { offset, length } = region.migratable[i]!;
        assert.ok(offset >= base && offset + length <= base + buffer.byteLength);
        const page = offset - base + Math.floor(length / PAGE / 2) * PAGE;
        fill(buffer, i, page, page + PAGE);
        touched.push(base + page);
        base += buffer.byteLength;
      }
      const asked = [...touched, bytes - 1, bytes, bytes + GIB];
      assert.deepEqual(
        [
          ...(await region.movePages(
            asked,
            asked.map(() => 1),
          )),
        ].slice(0, touched.length),
        touched.map(() => 1),
      );
      const last = touched.at(-1)!;
      const back = await region.migrate({ to: 0, offset: last, length: 1 });
      assert.equal(back.foliosMoved, 1);
      assert.deepEqual(
        [...(await region.movePages(touched, null))],
        touched.map((offset) => (offset === last ? 0 : 1)),
      );
      base = 0;
      for (const [i, buffer] of buffers.entries()) {
        const page = touched[i]! - base;
        assertContent(buffer, i, page, page + PAGE);
        base += buffer.byteLength;
      }
      region.release();
    }
  });
});

test('prefill gets pages beforehand, and a migration uses them', LIMIT, async () => {
  await withFerry({ poolBytes: 32 * MIB }, async (ferry) => {
    const prefilled = await ferry.prefill({ node: 1, bytes: 16 * MIB });
    assert.ok(prefilled >= 16 * MIB);
    assert.equal(ferry.nodes[1]!.bytesPooled, prefilled);
    const region = ferry.allocate(8 * MIB);
    fill(region.buffer);
    assertAllMoved(region, await region.migrate({ to: 1 }));
    assert.equal(ferry.nodes[1]!.bytesPooled, prefilled - region.migratableBytes);
    assert.equal(ferry.nodes[0]!.bytesPooled, region.migratableBytes, 'what has left is free pages there');
    assertContent(region.buffer);
  });
});
