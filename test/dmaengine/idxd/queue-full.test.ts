import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../../src/common/errno.js';
import { DMA_COMPLETE, DMA_ERROR } from '../../../src/dmaengine/channel.js';
import { DEDICATED, IdxdBench } from './bench.js';

test('what a full queue refuses stays in flight, and is handed over at a later poll', async () => {
  const [bench, channel] = await IdxdBench.open();
  bench.standIn.refusal = -ERRNO.EAGAIN;
  const cookies = [0, 1, 2].map((i) => bench.copy(channel, i * 4096, 4096));
  channel.issuePending();
  assert.equal(channel.inFlight, 3);
  assert.equal(channel.poll(), 0);
  assert.equal(channel.wait(0), 0);
  assert.equal(bench.jobs.length, 0);
  assert.ok(channel.alive);

  bench.standIn.refusal = 0;
  assert.equal(channel.poll(), 0);
  assert.deepEqual(
    bench.jobs.map(({ src }) => src - bench.srcAt),
    [0, 4096, 8192],
    'in the order in which they were issued',
  );
  bench.finish(channel);
  assert.deepEqual(bench.told.map(({ cookie }) => cookie).sort(), cookies);
  assert.ok(bench.told.every(({ result }) => result === DMA_COMPLETE));
  await bench.device.close();
});

test('the rest of a partial copy waits for room as well', async () => {
  const [bench, channel] = await IdxdBench.open();
  bench.standIn.fate = () => {
    bench.standIn.fate = () => ({ kind: 'copy' });
    bench.standIn.refusal = -ERRNO.EAGAIN;
    return { kind: 'fault', bytes: 4096, write: true };
  };
  const cookie = bench.copy(channel, 0, 16_384);
  channel.issuePending();
  bench.standIn.run();
  assert.equal(channel.poll(), 0);
  assert.equal(channel.inFlight, 1);
  bench.standIn.refusal = 0;
  bench.finish(channel);
  assert.deepEqual(bench.told, [{ cookie, result: DMA_COMPLETE, bytes: 16_384 }]);
  assert.equal(bench.arrived(0, 16_384), 16_384);
  await bench.device.close();
});

test('a dedicated queue is never filled beyond its size, faults or not', async () => {
  // The stand-in throws on the descriptor that would be dropped.
  const [bench, channel] = await IdxdBench.open(DEDICATED);
  let turn = 0;
  bench.standIn.fate = () =>
    turn++ % 2 === 0 ? { kind: 'fault', bytes: 1024, write: true } : { kind: 'copy' };
  let next = 0;
  const fill = () => {
    while (next < 200) {
      const at = (next % 128) * 4096;
      const cookie = channel.prepMemcpy(bench.dstAt + at, bench.srcAt + at, 4096);
      if (cookie === -ERRNO.EBUSY) break;
      channel.submit(cookie);
      next++;
    }
    channel.issuePending();
  };
  bench.also = fill;
  fill();
  while (channel.inFlight > 0) {
    bench.standIn.step();
    channel.poll();
  }
  assert.equal(bench.told.length, 200);
  assert.ok(bench.told.every(({ result }) => result === DMA_COMPLETE));
  assert.equal(bench.arrived(0, 128 * 4096), 128 * 4096);
  await bench.device.close();
});

test('a queue that takes nothing any more ends the channel; what the device has got is still awaited', async () => {
  const [bench, channel] = await IdxdBench.open();
  const first = bench.copy(channel, 0, 4096);
  channel.issuePending();
  bench.standIn.refusal = -ERRNO.EPERM;
  const second = bench.copy(channel, 4096, 4096);
  channel.issuePending();
  assert.deepEqual(bench.told, [], 'nobody is called back out of issuePending');
  assert.equal(channel.alive, false);
  assert.equal(channel.prepMemcpy(bench.dstAt, bench.srcAt, 4096), -ERRNO.ENODEV);
  assert.equal(channel.poll(), 1);
  assert.deepEqual(bench.told, [{ cookie: second, result: DMA_ERROR, bytes: 0 }]);
  assert.equal(channel.inFlight, 1);
  bench.finish(channel);
  assert.deepEqual(bench.told[1], { cookie: first, result: DMA_COMPLETE, bytes: 4096 });
  await bench.device.close();
});

test('any other status is an error of that descriptor alone', async () => {
  const [bench, channel] = await IdxdBench.open();
  const statuses = [0x02, 0x10, 0x11, 0x12, 0x13, 0x16, 0x1a, 0x1f, 0x20, 0x22];
  for (const status of statuses) {
    bench.standIn.fate = () => ({ kind: 'status', status });
    const cookie = bench.copy(channel, 0, 4096);
    channel.issuePending();
    bench.finish(channel);
    assert.deepEqual(bench.told.at(-1), { cookie, result: DMA_ERROR, bytes: 0 });
  }
  assert.equal(bench.told.length, statuses.length);
  bench.standIn.fate = () => ({ kind: 'copy' });
  bench.copy(channel, 0, 4096);
  channel.issuePending();
  bench.finish(channel);
  assert.equal(bench.told.at(-1)!.result, DMA_COMPLETE);
  await bench.device.close();
});

test('a queue that forbids a flag after all touches nothing', async () => {
  const [bench, channel] = await IdxdBench.open({ ...DEDICATED, blockOnFault: true });
  // Configured otherwise behind the channel's back.
  Object.assign(bench.standIn, { config: DEDICATED });
  const cookie = bench.copy(channel, 0, 4096);
  channel.issuePending();
  bench.finish(channel);
  assert.deepEqual(bench.told, [{ cookie, result: DMA_ERROR, bytes: 0 }]);
  assert.ok(bench.dst.every((byte) => byte === 0));
  await bench.device.close();
});
