import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, MIB, withFerry } from './support/fixture.js';
import { migrateUnderLoad } from './support/live.js';

test(
  'write-protected: no update is lost in pieces of a page, of 7 pages, and of a whole batch',
  LIMIT,
  async () => {
    await withFerry({ batchBytes: 4 * 2 ** 20 }, async (ferry) => {
      for (const pages of [1, 7, 262_144]) {
        await ferry.parameters.set('module/pageferry/parameters/cutover_pages', pages);
        const buffer = new SharedArrayBuffer(8 * MIB);
        await migrateUnderLoad(ferry, buffer, buffer, 4096, 1, { copyMode: 'write-protected' });
      }
    });
  },
);

test('write-protected: no update is lost with the checked copy, and with audits', LIMIT, async () => {
  await withFerry({ copy: 'checked', audit: true }, async (ferry) => {
    const buffer = new SharedArrayBuffer(16 * MIB);
    await migrateUnderLoad(ferry, buffer, buffer, 4096, 2, { copyMode: 'write-protected' });
    assert.equal(ferry.stats().audit_violations, 0);
  });
});
