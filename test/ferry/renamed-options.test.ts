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
