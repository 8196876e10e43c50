import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFerry } from '../../src/index.js';
import { LIMIT, withFerry } from './support/fixture.js';
import { BATCH_BYTES, renamed } from './support/renamed-scenes.js';

test('the advice is for the call that was made', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.adopt(new SharedArrayBuffer(2 ** 20));
    const moved = region.movePages([], null, { ['maxBatchedMigration' as never]: 1 });
    await assert.rejects(moved, renamed('maxBatchedMigration', BATCH_BYTES));
    // The new name is not an option of these.
    for (const name of ['maxBatchedMigration', 'poolWatermark', 'concurrency', 'granularity']) {
      assert.throws(() => ferry.allocate(2 ** 20, { [name]: 1 }), {
        argument: `options.${name}`,
        advice: 'Known: folioSize, node, name.',
      });
    }
    await assert.rejects(openFerry({ ['concurrency' as never]: 'exclusive' }), { advice: /^Known: nodes, / });
    await assert.rejects(region.migrate({ to: 1, ['poolWatermark' as never]: 1 }), {
      advice: /^Known: to, /,
    });
  });
});

test('an old value of an option is refused with its new name', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.adopt(new SharedArrayBuffer(2 ** 20));
    for (const [option, before, now] of [
      ['copyMode', 'read-through', 'write-protected'],
      ['gaps', 'exact', 'skip'],
      ['gaps', 'bridge', 'move'],
    ] as const) {
      await assert.rejects(region.migrate({ to: 1, [option]: before }), {
        argument: `options.${option}`,
        advice: `The value was renamed. Use '${now}'.`,
      });
    }
    await assert.rejects(region.migrate({ to: 1, gaps: 'read-through' as never }), { advice: undefined });
    assert.equal(ferry.stats().batches, 0);
  });
});
