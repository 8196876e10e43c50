import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { PageTables } from './support/pages.js';

test('batchBytes of a migration bounds its batches', LIMIT, async () => {
  await withFerry({ batchBytes: 8 * 2 ** 20 }, async (ferry) => {
    assert.equal(ferry.batchBytes, 2048 * PAGE);
    // Less than a page table: else whole tables would be batches of their own.
    const buffer = new SharedArrayBuffer(1.5 * MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    const pages = region.migratableBytes / PAGE;
    for (const [round, batchPages] of [2048, 256, 100, 7, 1].entries()) {
      const result = await region.migrate({ to: (round + 1) % 2, batchBytes: batchPages * PAGE });
      assertAllMoved(region, result);
      // Pages before and after the whole page tables are batches of their own.
      const min = Math.ceil(pages / batchPages);
      const ends = batchPages >= 512 ? 2 : 0;
      assert.ok(result.batches >= min && result.batches <= min + ends, `${result.batches} batches`);
    }
    assertContent(buffer);
  });
});

test('whole page tables are batches without the parts of tables before and after them', LIMIT, async () => {
  const tables = new PageTables();
  await withFerry({ batchBytes: 8 * 2 ** 20 }, async (ferry) => {
    const buffer = new SharedArrayBuffer(8 * MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    const [span] = region.migratable;
    const start = tables.addressOf(buffer) + span!.offset;
    const end = start + span!.length;
    const [first, last] = [Math.ceil(start / (2 * MIB)), Math.floor(end / (2 * MIB))];
    const parts = Number(start % (2 * MIB) !== 0) + Number(end % (2 * MIB) !== 0);
    for (const [round, batchPages] of [512, 1024, 2047].entries()) {
      const result = await region.migrate({ to: (round + 1) % 2, batchBytes: batchPages * PAGE });
      assertAllMoved(region, result);
      assert.equal(result.batches, parts + Math.ceil((last - first) / Math.floor(batchPages / 512)));
    }
    assertContent(buffer);
  });
  tables.close();
});
