import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFerry } from '../../src/index.js';
import { LIMIT, withFerry } from './support/fixture.js';
import { BATCH_BYTES, renamed } from './support/renamed-scenes.js';

test('migrate refuses an option with its old name and names the new one', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.adopt(new SharedArrayBuffer(2 ** 20));
    for (const [before, value, now] of [
      ['concurrency', 'read-through', "copyMode: 'exclusive' or 'write-protected'"],
      ['granularity', 'bridge', "gaps: 'skip' or 'move'"],
      ['maxBatchedMigration', 512, BATCH_BYTES],
    ] as const) {
      await assert.rejects(region.migrate({ to: 1, [before]: value }), renamed(before, now));
    }
    assert.equal(ferry.stats().batches, 0);
  });
});

test('openFerry refuses an option with its old name and names the new one', LIMIT, async () => {
  await assert.rejects(openFerry({ ['poolWatermark' as never]: 0 }), renamed('poolWatermark', 'poolBytes'));
  await assert.rejects(
    openFerry({ ['maxBatchedMigration' as never]: 1 }),
    renamed('maxBatchedMigration', BATCH_BYTES),
  );
});

test('an old path of a parameter is refused with its new one', LIMIT, async () => {
  const folder = 'module/pageferry/parameters';
  await withFerry({}, async ({ parameters }) => {
    for (const [before, now] of [
      ['swap_pages', 'cutover_pages'],
      ['max_batched_migration', 'batch_bytes'],
    ]) {
      const advice = new RegExp(`^The parameter was renamed\\. Use ${folder}/${now} \\(`);
      assert.throws(() => parameters.get(`/${folder}/${before}`), { code: 'ENOENT', advice });
      await assert.rejects(parameters.set(`${folder}/${before}`, 4), { code: 'ENOENT', advice });
      assert.throws(() => parameters.watch(`${folder}/${before}`, () => undefined), { advice });
      assert.throws(() => parameters.get(`module/dcbm/parameters/${before}`), { advice: /^Known: module/ });
    }
  });
});
