import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill } from './support/content.js';
import { HUGE, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';
import { countsWhatItDid } from './support/result-counts-scenes.js';

countsWhatItDid(FOLIO_SIZES.slice(0, 1));

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
