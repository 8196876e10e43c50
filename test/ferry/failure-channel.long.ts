import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ferry, openFerry } from '../../src/index.js';
import { eject, fail, warnings } from './support/failure-channel-scenes.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';

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

test('without a listener a warning says that a migrator was ejected', LIMIT, async () => {
  const codes = await warnings(() => withFerry({}, eject));
  assert.deepEqual(codes, ['PAGEFERRY_MIGRATOR_EJECTED']);
});
