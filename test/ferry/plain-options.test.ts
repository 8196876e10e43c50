import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { checkPlain } from '../../src/common/check-plain.js';
import { fillDashboardOptions } from '../../src/dashboard/options.js';
import { fillFerryOptions } from '../../src/ferry/options.js';
import { type Ferry, openFerry, type Region } from '../../src/index.js';
import { migratorChecks, testMigrator } from '../../src/migrator.js';
import { LIMIT, MIB, PAGE, refusal, withFerry } from './support/fixture.js';
import { NOT_PLAIN, PLAIN } from './support/plain-objects.js';

type Call = (options: never, ferry: Ferry, region: Region) => unknown;

const ELSEWHERE = '/module/pageferry/parameters/batch_bytes';

/** Every public call that takes options, with the name of the argument. */
const CALLS: readonly (readonly [argument: string, call: Call])[] = [
  ['options', (options) => openFerry(options)],
  ['options.nodes[0]', (options) => openFerry({ nodes: [options] })],
  ['options', (options, ferry) => ferry.adopt(new SharedArrayBuffer(MIB), options)],
  ['options', (options, ferry) => ferry.allocate(MIB, options)],
  ['options', (options, _, region) => region.migrate(options)],
  ['options', (options, _, region) => region.movePages([PAGE], null, options)],
  ['options', (options, ferry) => ferry.prefill(options)],
  ['options', (options, ferry) => ferry.events(options)],
  ['options', (options, ferry) => ferry.trace(options)],
  ['options', (options, ferry) => ferry.parameters.watch(ELSEWHERE, () => undefined, options)],
  ['migrator', (options, ferry) => ferry.registerMigrator(options)],
  ['migrator.inner', (options, ferry) => ferry.registerMigrator({ name: 'error', inner: options })],
  ['options', (options) => fillDashboardOptions(options)],
  ['options', (options) => migratorChecks(() => assert.fail('no migrator is made'), options)],
  ['options', (options) => testMigrator(() => assert.fail('no migrator is made'), options)],
];

test('every call refuses options that are not a plain object, and names the argument', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.allocate(MIB);
    for (const [kind, make] of NOT_PLAIN) {
      for (const [argument, call] of CALLS) {
        const refused = async (): Promise<unknown> => call(make() as never, ferry, region);
        const where = `${kind}: ${String(call)}`;
        await assert.rejects(refused, (error: Error) => {
          assert.ok(
            error.message.includes(`: ${argument}: must be a plain object, not ${kind}`),
            where + error,
          );
          return refusal('EINVAL', argument)(error);
        });
      }
    }
    assert.equal(ferry.regions.length, 1);
    assert.equal(ferry.activeMigrator, undefined);
    assert.equal(ferry.stats().batches, 0);
  });
});

test('plain objects of every kind are accepted', () => {
  for (const make of PLAIN) {
    checkPlain('test', 'options', make());
    assert.equal(fillFerryOptions(make() as object).poolBytes, 0);
  }
  checkPlain('test', 'options', runInNewContext('({ poolBytes: 0 })'));
  assert.throws(() => checkPlain('test', 'options', runInNewContext('[]')), refusal('EINVAL', 'options'));
});

test('an unknown field of a node is refused, as an unknown option is', async () => {
  const node = { id: 0, numaNode: 0 };
  for (const field of ['emulated', 'node', 'bytesFree', 'capacity']) {
    await assert.rejects(openFerry({ nodes: [node, { ...node, id: 1, [field]: true }] }), (error: Error) => {
      assert.match(error.message, /unknown field of a node\. Known: id, numaNode, capacityBytes\.$/);
      return refusal('EINVAL', `options.nodes[1].${field}`)(error);
    });
  }
});
