import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, MigrationError } from '../../src/common/migration-error.js';
import { serveDashboard } from '../../src/dashboard.js';
import { type Ferry, openFerry, type Region } from '../../src/index.js';
import { registerMetrics } from '../../src/metrics.js';
import { serveParameters } from '../../src/parameters.js';
import { LATE, refused } from './support/error-calls-scenes.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';

type Call = (value: never, ferry: Ferry, region: Region) => unknown;

/** Every public call, by the name that its errors have, with an argument that can be a string. */
const CALLS: readonly (readonly [operation: string, argument: string, call: Call])[] = [
  ['openFerry', 'options', (value) => openFerry(value)],
  ['openFerry', 'options.batchBytes', (value) => openFerry({ batchBytes: value })],
  ['openFerry', 'options.copy', (value) => openFerry({ copy: value })],
  ['openFerry', 'options.audit', (value) => openFerry({ audit: value })],
  ['openFerry', 'options.nodes[0].id', (value) => openFerry({ nodes: [{ id: value, numaNode: 0 }] })],
  ['openFerry', 'options.reasonMask', (value) => openFerry({ reasonMask: [value] })],
  ['adopt', 'buffer', (value, ferry) => ferry.adopt(value)],
  ['adopt', 'options', (value, ferry) => ferry.adopt(new SharedArrayBuffer(MIB), value)],
  ['adopt', 'options.growth', (value, ferry) => ferry.adopt(new SharedArrayBuffer(MIB), { growth: value })],
  ['allocate', 'bytes', (value, ferry) => ferry.allocate(value)],
  ['allocate', 'options.folioSize', (value, ferry) => ferry.allocate(MIB, { folioSize: value })],
  ['allocate', 'options.node', (value, ferry) => ferry.allocate(MIB, { node: value })],
  ['migrate', 'options', (value, _, region) => region.migrate(value)],
  ['migrate', 'options.to', (value, _, region) => region.migrate({ to: value })],
  ['migrate', 'options.reason', (value, _, region) => region.migrate({ to: 1, reason: value })],
  ['migrate', 'options.mode', (value, _, region) => region.migrate({ to: 1, mode: value })],
  ['migrate', 'options.offset', (value, _, region) => region.migrate({ to: 1, offset: value })],
  ['migrate', 'options.onProgress', (value, _, region) => region.migrate({ to: 1, onProgress: value })],
  ['migrate', 'options.signal', (value, _, region) => region.migrate({ to: 1, signal: value })],
  ['migrate', 'options.gaps', (value, _, region) => region.migrate({ to: 1, gaps: value })],
  ['migrate', 'options.copyMode', (value, _, region) => region.migrate({ to: 1, copyMode: value })],
  ['migrate', 'options.hugePages', (value, _, region) => region.migrate({ to: 1, hugePages: value })],
  ['movePages', 'offsets[0]', (value, _, region) => region.movePages([value], null)],
  ['movePages', 'nodes[0]', (value, _, region) => region.movePages([4096], [value])],
  ['movePages', 'options.moveAll', (value, _, region) => region.movePages([], null, { moveAll: value })],
  ['prefill', 'options.node', (value, ferry) => ferry.prefill({ node: value, bytes: 0 })],
  ['prefill', 'options.bytes', (value, ferry) => ferry.prefill({ node: 1, bytes: value })],
  ['registerMigrator', 'migrator', (value, ferry) => ferry.registerMigrator(value)],
  ['registerMigrator', 'migrator.name', (value, ferry) => ferry.registerMigrator({ name: value })],
  [
    'registerMigrator',
    'migrator.device',
    (value, ferry) => ferry.registerMigrator({ name: 'dcbm', device: value }),
  ],
  [
    'registerMigrator',
    'migrator.threads',
    (value, ferry) => ferry.registerMigrator({ name: 'mtcopy', threads: value }),
  ],
  [
    'registerMigrator',
    'migrator.inner',
    (value, ferry) => ferry.registerMigrator({ name: 'error', inner: value }),
  ],
  [
    'registerMigrator',
    'migrator.corrupt',
    (value, ferry) => ferry.registerMigrator({ name: 'error', corrupt: value }),
  ],
  ['registerMigrator', 'migrator.module', (value, ferry) => ferry.registerMigrator({ module: value })],
  ['unregisterMigrator', 'name', (value, ferry) => ferry.unregisterMigrator(value)],
  ['parameters.get', 'path', (value, ferry) => ferry.parameters.get(value)],
  ['parameters.set', 'path', (value, ferry) => ferry.parameters.set(value, 1)],
  [
    'parameters.set',
    'module/dcbm/parameters/nr_dma_chan',
    (value, ferry) => ferry.parameters.set('module/dcbm/parameters/nr_dma_chan', value),
  ],
  ['parameters.watch', 'listener', (value, ferry) => ferry.parameters.watch('/', value)],
  ['events', 'options', (value, ferry) => ferry.events(value)],
  ['trace', 'options.limit', (value, ferry) => ferry.trace({ limit: value })],
  ['serveParameters', 'ferry', (value) => serveParameters(value, '/tmp/pageferry-never.sock')],
  ['serveDashboard', 'options.port', (value, ferry) => serveDashboard(ferry, { port: value })],
  ['serveDashboard', 'options.host', (value, ferry) => serveDashboard(ferry, { host: value })],
  ['registerMetrics', 'registry', (value, ferry) => registerMetrics(ferry, value)],
];

test('every call names itself and its argument, and a string in quotes', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.allocate(MIB);
    for (const [operation, argument, call] of CALLS) {
      for (const value of ['4096!', '', '5 pages'] as const) {
        const error = await refused(() => call(value as never, ferry, region));
        const about = `${operation}, ${argument}, '${value}': ${error.message}`;
        assert.equal(error.operation, operation, about);
        assert.equal(error.argument, argument, about);
        assert.ok(error.message.includes(` '${value}'`), about);
        assert.ok(!error.message.includes("''4096"), about);
      }
    }
  });
});

test('a parameter that registers a migrator fails as parameters.set', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    await ferry.registerMigrator({ name: 'cpu' });
    const set = ferry.parameters.set('module/dcbm/parameters/offloading', true);
    await assert.rejects(set, { operation: 'parameters.set', code: 'EBUSY' });
    await assert.rejects(ferry.registerMigrator({ name: 'mtcopy' }), { operation: 'registerMigrator' });
  });
});

test('after close every call names itself', LIMIT, async () => {
  const ferry = await openFerry();
  const region = ferry.allocate(MIB);
  await ferry.close();
  for (const [operation, call] of LATE) {
    const error = await refused(() => call(ferry, region));
    assert.deepEqual([error.operation, error.code], [operation, 'EBADF'], error.message);
  }
});

test('an error keeps what it says when it gets the name of another call', () => {
  const cause = new Error('below');
  const details = { operation: 'below', advice: 'Do this.', cause };
  const error = errorOf('migrate', new MigrationError('EBUSY', 'it is busy', details), 'options.to');
  assert.ok(error instanceof MigrationError);
  assert.equal(error.message, 'migrate: EBUSY: it is busy. Do this.');
  assert.deepEqual([error.argument, error.cause], ['options.to', cause]);
  assert.equal(errorOf('migrate', error), error);
  assert.equal(errorOf('migrate', cause), cause);
});
