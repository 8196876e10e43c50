import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { MigrationError, type MigratorEjection } from '../../src/index.js';
import { eject, fail, warnings } from './support/failure-channel-scenes.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';

test('closed rejects with what befell the ferry, and no warning says it as well', LIMIT, async () => {
  const codes = await warnings(async () => {
    let closed: Promise<unknown> | undefined;
    const ferry = await fail((opened) => {
      closed = opened.closed.catch((error: unknown) => error);
    });
    const error = await closed;
    assert.ok(error instanceof MigrationError);
    assert.equal(error.code, 'EIO');
    assert.throws(() => ferry.adopt(new SharedArrayBuffer(MIB)), {
      operation: 'adopt',
      code: 'EIO',
      problem: error.problem,
      advice: error.advice,
    });
    await ferry.close();
    await assert.rejects(ferry.closed, (again) => again === error, 'to close it changes nothing');
  });
  assert.deepEqual(codes, []);
});

test('a listener hears of an ejected migrator, and no warning says it as well', LIMIT, async () => {
  const codes = await warnings(() =>
    withFerry({}, async (ferry) => {
      const heard = once(ferry, 'ejected') as Promise<[MigratorEjection]>;
      const also: string[] = [];
      ferry.on('ejected', ({ name }) => void also.push(name));
      await eject(ferry);
      const [{ name, why }] = await heard;
      assert.equal(name, 'error');
      assert.match(why, /returned -5/);
      assert.deepEqual(also, ['error']);
      // No longer: whoever has listened before.
      ferry.removeAllListeners('ejected');
    }),
  );
  assert.deepEqual(codes, []);
});
