import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OwnMigratorModule, testMigrator } from '../../src/migrator.js';
import { copySome } from '../offload/spy-migrator.js';

const fixtures = new URL('../../../test/ferry/fixtures/', import.meta.url);

test('a module is tested by its URL, or as it was imported', async () => {
  const url = new URL('good.mjs', fixtures);
  const module = (await import(url.href)) as OwnMigratorModule;
  for (const source of [url, url.href, module]) {
    const report = await testMigrator(source);
    assert.equal(report.passed, report.checks.length);
    assert.ok(report.checks.length > 30);
  }
});

test('a migrator that promises its results is tested', async () => {
  const { declined } = await testMigrator(new URL('async.mjs', fixtures));
  assert.equal(declined, 0);
});

test('the module gets the options', async () => {
  const broken = testMigrator(new URL('misbehaves.mjs', fixtures), { options: { how: 'throws' } });
  await assert.rejects(broken, /copies 64 neighbours: out of order/);
});

test('a module gets nothing that it would not get in its thread', async () => {
  const seen = new Set<string>();
  await testMigrator({
    createMigrator: () => ({
      name: 'curious',
      offloadCopy(list, port) {
        for (const key of Object.keys(list)) seen.add(key);
        assert.ok(port.dmaAddress(list.dst[0]!) < 0);
        return copySome({ ...list, quarantined: list.copied }, port, () => true);
      },
    }),
  });
  assert.deepEqual([...seen].sort(), ['copied', 'dst', 'length', 'order', 'src']);
});

test('each migrator is closed', async () => {
  let open = 0;
  const url = new URL('good.mjs', fixtures);
  const { createMigrator } = (await import(url.href)) as OwnMigratorModule;
  await testMigrator({
    createMigrator: async (options) => {
      open++;
      return { ...(await createMigrator(options)), close: () => void open-- };
    },
  });
  assert.equal(open, 0);
});

test('a module without createMigrator is refused', () =>
  assert.rejects(
    testMigrator(new URL('no-function.mjs', fixtures)),
    /does not export a function createMigrator/,
  ));

test('what has no offloadCopy fails every check', () =>
  assert.rejects(
    testMigrator(() => ({ name: 'x' }) as never),
    /the migrator must have a name and an offloadCopy function/,
  ));
