import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, HUGE, LIMIT, MIB, PAGE, tally, whereAll, withFerry } from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';

for (const folioSize of FOLIO_SIZES) {
  test(`a migration of folios of ${folioSize} counts what it did`, LIMIT, async () => {
    await withFerry({}, async (ferry) => {
      const buffer = new SharedArrayBuffer(16 * MIB);
      const region = ferry.adopt(buffer, { folioSize });
      fill(buffer);
      const there = await region.migrate({ to: 1 });
      assertAllMoved(region, there);
      assert.equal(there.foliosOnTarget, 0);
      assert.ok(there.foliosMoved >= region.migratableBytes / folioSize);
      // Only the head and the tail have smaller folios: one of each order at most.
      assert.ok(there.foliosMoved <= region.migratableBytes / folioSize + 2 * Math.log2(folioSize / PAGE));
      assert.ok(there.batches > 0 && there.durationNs > 0 && there.phases.copyNs > 0);
      for (const [name, ns] of Object.entries({ durationNs: there.durationNs, ...there.phases })) {
        assert.ok(Number.isSafeInteger(ns), `${name}: ${ns}`);
      }
      for (const [name, count] of Object.entries(ferry.stats())) {
        assert.ok(Number.isSafeInteger(count), `${name}: ${count}`);
      }

      const again = await region.migrate({ to: 1 });
      assert.equal(again.foliosMoved, 0);
      assert.equal(again.bytesMoved, 0);
      assert.equal(again.foliosOnTarget, there.foliosMoved);
      assert.equal(again.batches, 0);

      assertAllMoved(region, await region.migrate({ to: 0 }));
      assertContent(buffer);
    });
  });
}

test('base folios moved, on the target and absent add up to all pages', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    // Of this size malloc maps it afresh: a smaller one may be recycled memory, which is not untouched.
    const buffer = new SharedArrayBuffer(40 * MIB);
    const region = ferry.adopt(buffer);
    const first = region.migratable[0]!.offset;
    const pages = region.migratableBytes / PAGE;
    // Every page but each fourth is touched, and the first half of them moves beforehand.
    for (let i = 0; i < pages; i++)
      if (i % 4 !== 3) fill(buffer, 0, first + i * PAGE, first + (i + 1) * PAGE);
    const half = await region.migrate({ to: 1, length: first + (pages / 2) * PAGE });
    const rest = await region.migrate({ to: 1 });
    assert.equal(half.foliosMoved + half.foliosAbsent, Math.ceil(pages / 2));
    assert.equal(rest.foliosMoved + rest.foliosAbsent + rest.foliosOnTarget, pages);
    assert.equal(rest.foliosOnTarget, half.foliosMoved);
    assert.equal(half.foliosMoved + rest.foliosMoved, pages - Math.floor(pages / 4));
    assert.equal(half.bytesMoved + rest.bytesMoved, (half.foliosMoved + rest.foliosMoved) * PAGE);
    assert.deepEqual(tally(await whereAll(region)), {
      '-2': Math.floor(pages / 4),
      1: pages - Math.floor(pages / 4),
    });
  });
});

test('the counters of the ferry are the sum of its migrations', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.allocate(8 * MIB, { folioSize: HUGE });
    fill(region.buffer);
    const results = [await region.migrate({ to: 1 }), await region.migrate({ to: 0 })];
    const stats = ferry.stats();
    const sum = (key: 'foliosMoved' | 'bytesMoved' | 'batches'): number =>
      results.reduce((total, result) => total + result[key], 0);
    assert.equal(stats.folios_moved, sum('foliosMoved'));
    assert.equal(stats.bytes_moved, sum('bytesMoved'));
    assert.equal(stats.batches, sum('batches'));
    assert.equal(stats.pgmigrate_success, sum('bytesMoved') / PAGE);
    assert.equal(stats.thp_migration_success, 2 * 3);
  });
});
