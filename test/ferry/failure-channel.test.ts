import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { openFerryWith } from '../../src/ferry/open-ferry.js';
import { type Ferry, MigrationError, type MigratorEjection, openFerry } from '../../src/index.js';
import { assertContent, fill } from './support/content.js';
import { failingMachine } from './support/failing-machine.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';
import { tune } from './support/parameters.js';

/** What this process is warned of while `run` runs, and until what it has caused was told. */
async function warnings(run: () => Promise<void>): Promise<string[]> {
  const codes: string[] = [];
  const listener = (warning: Error & { code?: string }): void =>
    void codes.push(warning.code ?? warning.name);
  process.on('warning', listener);
  await run();
  // Warnings are told in a later tick.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listener);
  return codes.filter((code) => code !== 'PAGEFERRY_USER_MODE_ONLY');
}

/** Has the migration thread of a new ferry end. `look` is called before. */
async function fail(look: (ferry: Ferry) => void = () => undefined): Promise<Ferry> {
  const wrapMachine = failingMachine({ call: 'unmap', when: 'after', nth: 1, how: 'exit' });
  const ferry = await openFerryWith({}, { wrapMachine });
  look(ferry);
  const buffer = new SharedArrayBuffer(4 * MIB);
  fill(buffer);
  await assert.rejects(ferry.adopt(buffer).migrate({ to: 1 }), { code: 'EIO' });
  assertContent(buffer);
  return ferry;
}

test('closed resolves when the ferry is closed, for whoever asks and whenever', LIMIT, async () => {
  const ferry = await openFerry();
  const { closed } = ferry;
  let over = false;
  const told = closed.then(() => {
    over = true;
  });
  await ferry.allocate(MIB).release();
  assert.equal(over, false);
  await ferry.close();
  await told;
  assert.equal(over, true);
  assert.equal(await ferry.closed, undefined);
});

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

test('a program that never asks for closed is warned, and goes on', LIMIT, async () => {
  let ferry: Ferry | undefined;
  const codes = await warnings(async () => {
    // An unhandled rejection would fail this test.
    ferry = await fail();
    await new Promise((resolve) => setTimeout(resolve, 1));
  });
  assert.deepEqual(codes, ['PAGEFERRY_FAILED']);
  await assert.rejects(ferry!.closed, { code: 'EIO' });
  await ferry!.close();
});

/** Registers a migrator that always fails, and migrates until it is unregistered. */
async function eject(ferry: Ferry): Promise<void> {
  await tune(ferry, { max_failures: 2 });
  await ferry.registerMigrator({ name: 'error', failBatch: 1 });
  const region = ferry.allocate(8 * MIB);
  fill(region.buffer);
  for (let to = 1; ferry.activeMigrator !== undefined; to = 1 - to) {
    await region.migrate({ to, batchBytes: 512 * 1024 });
  }
  assertContent(region.buffer);
}

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

test('without a listener a warning says that a migrator was ejected', LIMIT, async () => {
  const codes = await warnings(() => withFerry({}, eject));
  assert.deepEqual(codes, ['PAGEFERRY_MIGRATOR_EJECTED']);
});
