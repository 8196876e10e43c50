import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DMA_COMPLETE, DMA_ERROR } from '../../../src/dmaengine/channel.js';
import { IdxdBench, SHARED } from './bench.js';

const BYTES = 256 * 1024;

test('a copy that meets a page fault goes on behind what is done, as often as it takes', async () => {
  const [bench, channel] = await IdxdBench.open();
  let left = 5;
  bench.standIn.fate = () => (left-- > 0 ? { kind: 'fault', bytes: 8192, write: true } : { kind: 'copy' });
  const cookie = bench.copy(channel, 4096, BYTES);
  channel.issuePending();
  bench.finish(channel);
  assert.deepEqual(bench.told, [{ cookie, result: DMA_COMPLETE, bytes: BYTES }]);
  assert.equal(bench.arrived(4096, BYTES), BYTES);
  const [first] = bench.jobs;
  assert.deepEqual(
    bench.jobs.map(({ src, dst, bytes }) => [src - first!.src, dst - first!.dst, bytes]),
    [0, 1, 2, 3, 4, 5].map((i) => [i * 8192, i * 8192, BYTES - i * 8192]),
  );
  await bench.device.close();
});

test('a page fault that stays ends the copy as an error, with the bytes that are in place', async () => {
  const [bench, channel] = await IdxdBench.open();
  let first = true;
  bench.standIn.fate = () => {
    const bytes = first ? 12_288 : 0;
    first = false;
    return { kind: 'fault', bytes, write: false };
  };
  const cookie = bench.copy(channel, 0, BYTES);
  channel.issuePending();
  bench.finish(channel);
  assert.deepEqual(bench.told, [{ cookie, result: DMA_ERROR, bytes: 12_288 }]);
  assert.equal(bench.arrived(0, BYTES), 12_288);
  assert.ok(channel.alive, 'one bad page is no reason to give up the channel');
  await bench.device.close();
});

test('progress gives a copy its tries back', async () => {
  const [bench, channel] = await IdxdBench.open();
  let turn = 0;
  // Two faults on the spot for each that comes with a page: 64 pages and many more faults in all than any limit.
  bench.standIn.fate = () => ({ kind: 'fault', bytes: turn++ % 3 === 2 ? 4096 : 0, write: true });
  const cookie = bench.copy(channel, 0, BYTES);
  channel.issuePending();
  bench.finish(channel);
  assert.deepEqual(bench.told, [{ cookie, result: DMA_COMPLETE, bytes: BYTES }]);
  assert.equal(bench.arrived(0, BYTES), BYTES);
  await bench.device.close();
});

test('what a device copied from the end does not count, and is copied again', async () => {
  const [bench, channel] = await IdxdBench.open();
  let first = true;
  bench.standIn.fate = () => {
    if (!first) return { kind: 'copy' };
    first = false;
    return { kind: 'fault', bytes: 65_536, write: true, backwards: true };
  };
  const cookie = bench.copy(channel, 0, BYTES);
  channel.issuePending();
  bench.finish(channel);
  assert.deepEqual(
    bench.jobs.map(({ bytes }) => bytes),
    [BYTES, BYTES],
  );
  assert.deepEqual(bench.told, [{ cookie, result: DMA_COMPLETE, bytes: BYTES }]);
  assert.equal(bench.arrived(0, BYTES), BYTES);
  await bench.device.close();
});

test('a queue that blocks on faults is asked to, and a fault that nobody could resolve is handled likewise', async () => {
  const [bench, channel] = await IdxdBench.open({ ...SHARED, blockOnFault: true });
  bench.standIn.fate = () => ({ kind: 'fault', bytes: 0, write: true });
  const cookie = bench.copy(channel, 0, BYTES);
  channel.issuePending();
  bench.finish(channel);
  assert.ok(bench.jobs.every(({ flags }) => (flags & 0b10) !== 0));
  assert.deepEqual(bench.told, [{ cookie, result: DMA_ERROR, bytes: 0 }]);
  await bench.device.close();
});

test('copies with faults do not hold up their neighbours', async () => {
  const [bench, channel] = await IdxdBench.open();
  bench.standIn.fate = ({ src, bytes }) => {
    const page = (src - bench.srcAt) / 4096;
    if (page % 3 === 0) return { kind: 'fault', bytes: 0, write: true };
    return page % 3 === 1 ? { kind: 'fault', bytes: bytes - 1, write: false } : { kind: 'copy' };
  };
  const cookies = Array.from({ length: channel.capacity }, (_, i) => bench.copy(channel, i * 4096, 4096));
  channel.issuePending();
  bench.finish(channel);
  assert.equal(bench.told.length, cookies.length);
  for (const { cookie, result, bytes } of bench.told) {
    const page = cookies.indexOf(cookie);
    // The last byte of a page of the second kind does not begin a page, so it does not fault again.
    if (page % 3 === 0) assert.deepEqual([result, bytes], [DMA_ERROR, 0]);
    else assert.equal(bench.arrived(page * 4096, bytes), bytes);
    if (page % 3 === 2) assert.deepEqual([result, bytes], [DMA_COMPLETE, 4096]);
  }
  await bench.device.close();
});
