import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../../src/common/migration-error.js';
import type { DmaClient } from '../../../src/dmaengine/channel.js';
import { IdxdDevice } from '../../../src/dmaengine/idxd/idxd-device.js';
import { IdxdBench, SHARED, workQueue } from './bench.js';

const CLIENT: DmaClient = { completed: () => {} };
const PORTAL = { submit: () => 0, close: () => {} };

function busy(name: string): MigrationError {
  return new MigrationError('EBUSY', `${name} is taken`, { operation: 'test', advice: 'Free it.' });
}

/** A device of which the queues in `taken` cannot be opened. */
function deviceOf(names: readonly string[], taken: Set<string>): [IdxdDevice, string[]] {
  const opened: string[] = [];
  const device = new IdxdDevice(
    names.map((name) => workQueue(name, SHARED)),
    {
      openPortal: ({ name }) => {
        if (taken.has(name)) throw busy(name);
        opened.push(name);
        return PORTAL;
      },
    },
  );
  return [device, opened];
}

test('prepare opens as many queues as asked for, and those in use do not count', async () => {
  const [device, opened] = deviceOf(['wq0.0', 'wq0.1', 'wq0.2', 'wq0.3'], new Set());
  await device.prepare(2);
  await device.prepare(2);
  assert.deepEqual(opened, ['wq0.0', 'wq0.1']);
  device.requestChannel(CLIENT);
  await device.prepare(2);
  assert.deepEqual(opened, ['wq0.0', 'wq0.1', 'wq0.2']);
  await device.prepare(100);
  assert.equal(opened.length, 4);
  await device.close();
});

test('a queue that cannot be opened is passed over; with none left, the error has the reason', async () => {
  const taken = new Set(['wq0.0']);
  const [device, opened] = deviceOf(['wq0.0', 'wq0.1'], taken);
  await device.prepare(2);
  assert.deepEqual(opened, ['wq0.1']);
  device.requestChannel(CLIENT);
  await assert.rejects(
    device.prepare(1),
    (error) =>
      error instanceof MigrationError &&
      error.code === 'ENODEV' &&
      error.problem.includes('wq0.0 is taken') &&
      error.advice === 'Free it.',
  );
  taken.clear();
  await device.prepare(1);
  assert.deepEqual(opened, ['wq0.1', 'wq0.0']);
  await device.close();
});

test('a channel with something in flight is not taken back', async () => {
  const [bench, channel] = await IdxdBench.open();
  bench.copy(channel, 0, 4096);
  channel.issuePending();
  assert.throws(
    () => bench.device.releaseChannel(channel),
    (error) => error instanceof MigrationError && error.code === 'EBUSY',
  );
  bench.finish(channel);
  bench.device.releaseChannel(channel);
  assert.equal(channel.alive, false);
  bench.device.releaseChannel(channel);
  await bench.device.close();
});

test('to submit or discard what is not prepared is a mistake that is told', async () => {
  const [bench, channel] = await IdxdBench.open();
  const cookie = bench.copy(channel, 0, 4096);
  for (const wrong of [cookie, 5, -1, 99]) {
    assert.throws(() => channel.submit(wrong), RangeError);
    assert.throws(() => channel.discard(wrong), RangeError);
  }
  await bench.device.close();
});

test('a call back may poll: each copy is told of once all the same', async () => {
  const [bench, channel] = await IdxdBench.open();
  bench.also = () => {
    channel.poll();
  };
  const cookies = Array.from({ length: channel.capacity }, (_, i) => bench.copy(channel, i * 4096, 4096));
  channel.issuePending();
  bench.finish(channel);
  assert.deepEqual(bench.told.map(({ cookie }) => cookie).sort(), cookies.sort());
  await bench.device.close();
});
