import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { MigrationError } from '../../../src/common/migration-error.js';
import { IdxdBench } from './bench.js';

/** Whether a promise has settled, a few of the channel's looks later. */
async function settledSoon(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await delay(30);
  return settled;
}

test('terminate waits for what the device has got, and then closes the queue', async () => {
  const [bench, channel] = await IdxdBench.open();
  for (let i = 0; i < 3; i++) bench.copy(channel, i * 4096, 4096);
  channel.issuePending();
  const quiet = channel.terminate();
  assert.equal(channel.alive, false);
  assert.equal(channel.inFlight, 0);
  for (let left = 3; left > 0; left--) {
    assert.equal(await settledSoon(quiet), false, `${left} are still being copied`);
    assert.equal(bench.standIn.closed, false);
    bench.standIn.step();
  }
  while (!(await settledSoon(quiet))) {}
  assert.equal(bench.standIn.closed, true);
  assert.deepEqual(bench.told, []);
});

test('a device that stays silent keeps terminate waiting, and so the memory in quarantine', async () => {
  const [bench, channel] = await IdxdBench.open();
  bench.standIn.fate = () => ({ kind: 'silence' });
  bench.copy(channel, 0, 4096);
  channel.issuePending();
  bench.standIn.run();
  assert.equal(channel.wait(1e6), 0, 'wait gives up when its time is over');
  assert.equal(channel.inFlight, 1);
  const quiet = channel.terminate();
  assert.equal(await settledSoon(quiet), false);
  assert.equal(await settledSoon(bench.device.close()), false);
  assert.equal(bench.standIn.closed, false);
});

test('what the device has not got is simply dropped', async () => {
  const [bench, channel] = await IdxdBench.open();
  bench.standIn.refusal = -11;
  bench.copy(channel, 0, 4096);
  channel.issuePending();
  bench.copy(channel, 4096, 4096);
  channel.prepMemcpy(bench.dstAt, bench.srcAt, 64);
  await channel.terminate();
  assert.equal(bench.jobs.length, 0);
  assert.equal(bench.standIn.closed, true);
});

test('a partial copy is not continued after terminate', async () => {
  const [bench, channel] = await IdxdBench.open();
  bench.standIn.fate = () => ({ kind: 'fault', bytes: 4096, write: true });
  bench.copy(channel, 0, 16_384);
  channel.issuePending();
  bench.standIn.run();
  await channel.terminate();
  assert.equal(bench.jobs.length, 1);
  assert.deepEqual(bench.told, []);
});

test('a client may terminate the channel from within a call back', async () => {
  const [bench, channel] = await IdxdBench.open();
  let quiet: Promise<void> | undefined;
  bench.also = () => {
    quiet = channel.terminate();
  };
  for (let i = 0; i < 4; i++) bench.copy(channel, i * 4096, 4096);
  channel.issuePending();
  bench.standIn.run();
  assert.equal(channel.poll(), 1);
  assert.equal(channel.poll(), 0);
  await quiet;
  assert.equal(bench.told.length, 1);
  assert.equal(bench.standIn.closed, true);
});

test('a queue can be opened again once its terminated channel is quiet, and not before', async () => {
  const [bench, channel] = await IdxdBench.open();
  bench.copy(channel, 0, 4096);
  channel.issuePending();
  const quiet = channel.terminate();
  await assert.rejects(
    bench.device.prepare(1),
    (error) => error instanceof MigrationError && error.code === 'ENODEV',
  );
  bench.standIn.run();
  while (!(await settledSoon(quiet))) {}
  bench.standIn.closed = false;
  await bench.device.prepare(1);
  const again = bench.device.requestChannel(bench)!;
  bench.copy(again, 0, 4096);
  again.issuePending();
  bench.finish(again);
  assert.equal(bench.told.length, 1);
  await bench.device.close();
});
