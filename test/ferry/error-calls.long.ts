import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { openFerryWith } from '../../src/ferry/open-ferry.js';
import { LATE, refused } from './support/error-calls-scenes.js';
import { failingMachine } from './support/failing-machine.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';

test('a number, and what has no text, are without quotes', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    for (const [value, shown] of [
      [4095, '4095'],
      [Number.NaN, 'NaN'],
      [null, 'null'],
      [true, 'true'],
      [10n, '10n'],
      [[4096], 'an array'],
      [{}, 'an object'],
      [() => 1, 'a function'],
    ] as const) {
      const { problem } = await refused(() => ferry.allocate(value as number));
      assert.match(problem, new RegExp(`, not ${shown}$`));
    }
  });
});

const INNER = [
  [{ name: 'dcbm', device: 'idxd' }, 'migrator.device'],
  [{ name: 'error', inner: { name: 'dcbm', device: 'idxd' } }, 'migrator.inner.device'],
] as const;

test('a device that is not there is an error of registerMigrator, and of its option', LIMIT, async (t) => {
  await withFerry({}, async (ferry) => {
    for (const [option, argument] of INNER) {
      try {
        await ferry.registerMigrator(option);
        t.skip('this host has an Intel DSA');
        await ferry.unregisterMigrator(option.name);
      } catch (error) {
        assert.ok(error instanceof MigrationError);
        assert.equal(error.operation, 'registerMigrator');
        assert.equal(error.argument, argument);
        assert.match(error.message, /^registerMigrator: E/);
      }
    }
  });
});

test('after a failure every call names itself, and so does the one in which it failed', LIMIT, async () => {
  const wrapMachine = failingMachine({ call: 'unmap', when: 'after', nth: 1, how: 'throw' });
  const ferry = await openFerryWith({}, { wrapMachine });
  const region = ferry.allocate(MIB);
  new Uint8Array(region.buffer).fill(1);
  await assert.rejects(region.migrate({ to: 1 }), { operation: 'migrate', code: 'EIO' });
  for (const [operation, call] of LATE) {
    const error = await refused(() => call(ferry, region));
    assert.deepEqual([error.operation, error.code], [operation, 'EIO'], error.message);
    assert.match(error.advice ?? '', /Every page is in place/);
  }
  await assert.rejects(ferry.closed, { operation: 'ferry', code: 'EIO' });
  await ferry.close();
});
