import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ferry, MigrateOptions, Region } from '../../src/index.js';
import { assertContent, fill } from './support/content.js';
import { LIMIT, MIB, refusal, tally, whereAll, withFerry } from './support/fixture.js';

const BYTES = MIB;

/** Runs `use` with a region, and asserts that whatever it was refused, nothing has moved. */
async function withoutMoving(use: (ferry: Ferry, region: Region) => Promise<void>): Promise<void> {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(BYTES);
    const region = ferry.adopt(buffer);
    fill(buffer);
    await use(ferry, region);
    assert.deepEqual(Object.keys(tally(await whereAll(region))), ['0']);
    assert.equal(ferry.stats().batches, 0);
    assertContent(buffer);
  });
}

const BAD_MIGRATIONS: readonly (readonly [unknown, string, string])[] = [
  [undefined, 'EINVAL', 'options'],
  [null, 'EINVAL', 'options'],
  [1, 'EINVAL', 'options'],
  [{}, 'ENODEV', 'options.to'],
  [{ to: 2 }, 'ENODEV', 'options.to'],
  [{ to: -1 }, 'ENODEV', 'options.to'],
  [{ to: '1' }, 'ENODEV', 'options.to'],
  [{ to: null }, 'ENODEV', 'options.to'],
  [{ to: 1, reason: 'because' }, 'EINVAL', 'options.reason'],
  [{ to: 1, reason: 3 }, 'EINVAL', 'options.reason'],
  [{ to: 1, mode: 'fast' }, 'EINVAL', 'options.mode'],
  [{ to: 1, mode: null }, 'EINVAL', 'options.mode'],
  [{ to: 1, offset: -1 }, 'EINVAL', 'options.offset'],
  [{ to: 1, offset: 0.5 }, 'EINVAL', 'options.offset'],
  [{ to: 1, offset: BYTES + 1 }, 'EINVAL', 'options.offset'],
  [{ to: 1, offset: '0' }, 'EINVAL', 'options.offset'],
  [{ to: 1, length: -1 }, 'EINVAL', 'options.length'],
  [{ to: 1, length: BYTES + 1 }, 'EINVAL', 'options.length'],
  [{ to: 1, offset: 4096, length: BYTES - 4095 }, 'EINVAL', 'options.length'],
  [{ to: 1, length: Number.POSITIVE_INFINITY }, 'EINVAL', 'options.length'],
  [{ to: 1, batchBytes: 0 }, 'EINVAL', 'options.batchBytes'],
  [{ to: 1, batchBytes: 512 }, 'EINVAL', 'options.batchBytes'],
  [{ to: 1, batchBytes: 4097 }, 'EINVAL', 'options.batchBytes'],
  [{ to: 1, batchBytes: 8193 * 4096 }, 'EINVAL', 'options.batchBytes'],
  [{ to: 1, signal: {} }, 'EINVAL', 'options.signal'],
  [{ to: 1, signal: null }, 'EINVAL', 'options.signal'],
  [{ to: 1, onProgress: 'often' }, 'EINVAL', 'options.onProgress'],
  [{ to: 1, force: true }, 'EINVAL', 'options.force'],
];

test('a bad option of migrate is refused by name, before anything moves', LIMIT, async () => {
  await withoutMoving(async (_ferry, region) => {
    for (const [options, code, argument] of BAD_MIGRATIONS) {
      await assert.rejects(region.migrate(options as MigrateOptions), refusal(code, argument));
    }
  });
});

test('movePages refuses bad lists, naming the element', LIMIT, async () => {
  await withoutMoving(async (_, region) => {
    const cases: readonly [unknown, unknown, string, string][] = [
      [null, null, 'EINVAL', 'offsets'],
      [5, null, 'EINVAL', 'offsets'],
      ['', null, 'EINVAL', 'offsets'],
      ['', [], 'EINVAL', 'offsets'],
      [() => undefined, null, 'EINVAL', 'offsets'],
      [new Set([4096]), null, 'EINVAL', 'offsets'],
      [{}, null, 'EINVAL', 'offsets'],
      [[], '', 'EINVAL', 'nodes'],
      [[], () => undefined, 'EINVAL', 'nodes'],
      [[], new Set(), 'EINVAL', 'nodes'],
      [[4096], [], 'EINVAL', 'nodes'],
      [[4096], [1, 1], 'EINVAL', 'nodes'],
      [[4096], 1, 'EINVAL', 'nodes'],
      [[4096], undefined, 'EINVAL', 'nodes'],
      [[4096, -1], [1, 1], 'EINVAL', 'offsets[1]'],
      [[0.5], [1], 'EINVAL', 'offsets[0]'],
      [['0'], [1], 'EINVAL', 'offsets[0]'],
      [[4096, 8192], [1, 2], 'ENODEV', 'nodes[1]'],
    ];
    for (const [offsets, nodes, code, argument] of cases) {
      await assert.rejects(region.movePages(offsets as number[], nodes as number[]), refusal(code, argument));
    }
  });
});

test('movePages refuses bad options', LIMIT, async () => {
  await withoutMoving(async (_, region) => {
    await assert.rejects(
      region.movePages([4096], [1], null as unknown as object),
      refusal('EINVAL', 'options'),
    );
    for (const moveAll of [1, 'yes', null]) {
      const options = { moveAll } as unknown as { moveAll: boolean };
      await assert.rejects(region.movePages([4096], [1], options), refusal('EINVAL', 'options.moveAll'));
    }
  });
});

test('migrators: one at a time, known ones only, and only the registered one leaves', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    for (const migrator of [null, undefined, 'cpu', {}, { name: 1 }] as unknown as { name: 'cpu' }[]) {
      await assert.rejects(ferry.registerMigrator(migrator), refusal('EINVAL', 'migrator'));
    }
    const unknown = { name: 'gpu' } as unknown as { name: 'cpu' };
    await assert.rejects(ferry.registerMigrator(unknown), refusal('ENODEV', 'migrator.name'));
    await assert.rejects(ferry.unregisterMigrator('cpu'), { code: 'EINVAL' });
    assert.equal(ferry.activeMigrator, undefined);
    await ferry.registerMigrator({ name: 'cpu' });
    assert.equal(ferry.activeMigrator, 'cpu');
    await assert.rejects(ferry.registerMigrator({ name: 'cpu' }), { code: 'EBUSY' });
    await assert.rejects(ferry.unregisterMigrator('dcbm'), { code: 'EINVAL' });
    assert.equal(ferry.activeMigrator, 'cpu');
    await ferry.unregisterMigrator('cpu');
    assert.equal(ferry.activeMigrator, undefined);
    await ferry.registerMigrator({ name: 'cpu' });
  });
});

test('prefill refuses bad options', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const cases: readonly [unknown, string, string][] = [
      [undefined, 'EINVAL', 'options'],
      [5, 'EINVAL', 'options'],
      [{}, 'ENODEV', 'options.node'],
      [{ node: 0, bytes: MIB, often: 1 }, 'EINVAL', 'options.often'],
      [{ node: 7, bytes: 0 }, 'ENODEV', 'options.node'],
      [{ node: 0 }, 'EINVAL', 'options.bytes'],
      [{ node: 0, bytes: -1 }, 'EINVAL', 'options.bytes'],
      [{ node: 0, bytes: 2 ** 45 }, 'EINVAL', 'options.bytes'],
      [{ node: 0, bytes: MIB, folioSize: 3 }, 'EINVAL', 'options.folioSize'],
    ];
    for (const [options, code, argument] of cases) {
      await assert.rejects(
        ferry.prefill(options as { node: number; bytes: number }),
        refusal(code, argument),
      );
    }
    await assert.rejects(ferry.prefill({ node: 0, bytes: 96 * MIB + 1 }), {
      advice: `The limit is poolBytes (${64 * MIB}) + batchBytes (${32 * MIB}) of openFerry.`,
    });
    assert.equal(ferry.nodes[0]!.bytesPooled, 0);
  });
});
