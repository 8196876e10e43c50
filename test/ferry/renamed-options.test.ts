import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError, openFerry } from '../../src/index.js';
import { LIMIT, withFerry } from './support/fixture.js';

/** The error of an option with its old name: it names the option, and its advice the new one. */
function renamed(before: string, now: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof MigrationError);
    assert.deepEqual([error.code, error.argument], ['EINVAL', `options.${before}`]);
    assert.equal(error.advice, `The option was renamed. Use ${now}.`);
    return true;
  };
}

const BATCH_BYTES = 'batchBytes, in bytes (a page has 4096)';

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
