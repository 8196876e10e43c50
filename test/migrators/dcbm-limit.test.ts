import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ERRNO } from '../../src/common/errno.js';
import type { CopyList } from '../../src/offload/migrator.js';
import { copyList, type FolioTriple } from '../ferry/support/copy-list.js';
import { DcbmBench, FRAME } from './dcbm-bench.js';

const LIMIT_MS = 5;

function pages(count: number, at = 0): CopyList {
  return copyList(...Array.from({ length: count }, (_, i): FolioTriple => [2048 + at + i, at + i * 2, 0]));
}

/** One descriptor a folio; those from `stuck` frames never end. */
function benchWith(stuck: (frame: number, channel: number) => boolean, channels = 2): DcbmBench {
  const bench = new DcbmBench({ channels, wanted: channels, timeoutMs: LIMIT_MS });
  bench.device.fate = ({ src }, channel) =>
    stuck(bench.mapper.frameOf(Math.floor(src / FRAME)), channel) ? 'stuck' : 'copied';
  return bench;
}

/** A look at a promise that does not wait for it. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let is = false;
  void promise.then(() => {
    is = true;
  });
  await turn();
  return is;
}

test('after the limit only what never ended is held, whatever channel it was on', () => {
  for (let stuck = 0; stuck < 9; stuck++) {
    const bench = benchWith((frame) => frame === 2 * stuck, 3);
    const list = pages(9);
    assert.equal(bench.copy(list), -ERRNO.ETIMEDOUT);
    bench.check(list);
    const only = Array.from({ length: 9 }, (_, i) => (i === stuck ? 1 : 0));
    assert.deepEqual([...list.quarantined], only);
    assert.deepEqual(
      [...list.copied],
      only.map((quarantined) => 1 - quarantined),
    );
    // The channels that nobody looked at for so long are none the worse for it.
    assert.equal(bench.device.inUse.length, 2);
  }
});

test('a large folio is held when any part of it may still be written', () => {
  const bench = new DcbmBench({ channels: 1, wanted: 1, timeoutMs: LIMIT_MS, maxBytes: FRAME + 16 });
  bench.device.fate = ({ src }) => {
    const frame = bench.mapper.frameOf(Math.floor(src / FRAME));
    return frame >= 20 && frame < 36 && src % FRAME === 32 ? 'stuck' : 'copied';
  };
  const list = copyList([2048, 0, 2], [2100, 20, 4], [2200, 50, 3]);
  assert.equal(bench.copy(list), -ERRNO.ETIMEDOUT);
  bench.check(list);
  assert.deepEqual([...list.quarantined], [0, 1, 0]);
  assert.deepEqual([...list.copied], [1, 0, 1]);
});

test('all is quiet once the device has let go of what it held, and not before', async () => {
  const bench = benchWith((frame) => frame === 0);
  await bench.migrator.whenQuiet();
  const list = pages(4);
  assert.equal(bench.copy(list), -ERRNO.ETIMEDOUT);
  const quiet = bench.migrator.whenQuiet();
  assert.equal(await settled(quiet), false);
  assert.equal(bench.arrived(list, 0), false);
  for (const channel of bench.device.requested) channel.letGo();
  assert.equal(bench.arrived(list, 0), true, 'it was written late');
  await quiet;
  await bench.migrator.whenQuiet();
  assert.deepEqual([...list.copied], [0, 1, 1, 1], 'marks are not for after the end');
  assert.deepEqual([...list.quarantined], [1, 0, 0, 0]);
});

test('a channel that is given up is terminated once', () => {
  const bench = benchWith((frame) => frame < 20);
  const terminations = () => bench.device.requested.map((channel) => channel.terminations);
  assert.equal(bench.copy(pages(10)), -ERRNO.ETIMEDOUT);
  assert.deepEqual(terminations(), [1, 1]);
  for (const channel of bench.device.requested) channel.letGo();
  assert.equal(bench.refuses(pages(10)), -ERRNO.ENODEV);
  assert.deepEqual(terminations(), [1, 1]);
});

test('quiet means all of the channels that were given up', async () => {
  const bench = benchWith((frame) => frame < 10);
  assert.equal(bench.copy(pages(4)), -ERRNO.ETIMEDOUT);
  const quiet = bench.migrator.whenQuiet();
  bench.channel(0).letGo();
  assert.equal(await settled(quiet), false);
  bench.channel(1).letGo();
  await quiet;
});

test('the next batches use the channels that remain, and refuse when none does', async () => {
  const bench = benchWith((_, channel) => channel === 0);
  const [first, second, third] = [pages(4), pages(4, 100), pages(4, 200)];
  assert.equal(bench.copy(first), -ERRNO.ETIMEDOUT);
  bench.check(first);
  assert.equal(bench.copy(second), 0);
  bench.check(second);
  assert.equal(bench.channel(1).alive, true);
  assert.equal(bench.migrator.channels, 1);
  bench.device.fate = () => 'stuck';
  assert.equal(bench.copy(third), -ERRNO.ETIMEDOUT);
  bench.check(third);
  assert.deepEqual([...third.quarantined], [1, 1, 1, 1]);
  assert.equal(bench.refuses(pages(4, 300)), -ERRNO.ENODEV);
  // The device has two more to give, as two are gone.
  await turn();
  await turn();
  bench.device.fate = () => 'copied';
  const fourth = pages(4, 300);
  assert.equal(bench.copy(fourth), 0);
  bench.check(fourth);
  assert.equal(bench.migrator.channels, 2);
});

test('a later batch on a channel that was given up is held as well', async () => {
  const bench = benchWith((frame) => frame === 0 || frame === 102, 1);
  const [first, second] = [pages(2), pages(3, 100)];
  const started = [bench.start(first), bench.start(second)];
  assert.deepEqual(
    started.map((one) => one.finish()),
    [-ERRNO.ETIMEDOUT, -ERRNO.ETIMEDOUT],
  );
  bench.check(first, second);
  assert.deepEqual([...first.quarantined, ...second.quarantined], [1, 0, 0, 1, 0]);
  const quiet = bench.migrator.whenQuiet();
  assert.equal(await settled(quiet), false);
  bench.channel(0).letGo();
  await quiet;
  assert.equal(bench.arrived(second, 1), true);
});

test('a batch that the device never came to is held whole when an earlier one gives up its channel', () => {
  const bench = new DcbmBench({ channels: 1, wanted: 1, timeoutMs: LIMIT_MS });
  bench.device.fate = () => 'stuck';
  const [first, second] = [pages(2), pages(3, 100)];
  const started = [bench.start(first), bench.start(second)];
  for (const one of started) assert.equal(one.finish(), -ERRNO.ETIMEDOUT);
  assert.deepEqual([...first.quarantined, ...second.quarantined], [1, 1, 1, 1, 1]);
  assert.deepEqual([...first.copied, ...second.copied], [0, 0, 0, 0, 0]);
  assert.equal(bench.channel(0).terminations, 1);
});

test('what ends just before the end is not lost', () => {
  const bench = benchWith(() => false);
  bench.timeoutMs = 0;
  const list = pages(2);
  assert.equal(bench.copy(list), 0);
  bench.check(list);
  assert.deepEqual([...list.copied], [1, 1]);
});

test('a channel that dies by itself is not waited for; its folios are held until it is quiet', async () => {
  const bench = benchWith(() => false);
  bench.timeoutMs = 60_000;
  const list = pages(4);
  const started = bench.start(list);
  void bench.channel(0).die();
  assert.equal(started.finish(), -ERRNO.EIO);
  bench.check(list);
  assert.deepEqual([...list.quarantined], [1, 1, 0, 0]);
  assert.deepEqual([...list.copied], [0, 0, 1, 1]);
  const quiet = bench.migrator.whenQuiet();
  assert.equal(await settled(quiet), false, 'it may still be writing');
  bench.channel(0).letGo();
  await quiet;
  const next = pages(2, 100);
  assert.equal(bench.copy(next), 0);
  assert.equal(bench.migrator.channels, 1);
  assert.ok(bench.arrived(next, 0) && bench.arrived(next, 1));
});

test('what a channel that went away still tells is believed; such a channel is terminated as well', async () => {
  const bench = benchWith(() => false);
  const list = pages(6);
  const started = bench.start(list);
  const lost = bench.channel(0);
  lost.lose();
  bench.device.fate = ({ src }) => (bench.mapper.frameOf(src / FRAME) === 2 ? 0 : 'copied');
  assert.equal(started.finish(), -ERRNO.EIO);
  bench.check(list);
  assert.deepEqual([...list.copied], [1, 0, 1, 1, 1, 1]);
  assert.ok(!list.quarantined.includes(1));
  await bench.migrator.whenQuiet();
  const next = pages(2, 100);
  assert.equal(bench.copy(next), 0);
  bench.check(next);
  // The device may have its place back only then.
  assert.equal(lost.terminations, 1);
});

test('an idle channel that died is replaced, and nothing is held', async () => {
  const bench = benchWith(() => false);
  const before = pages(2);
  assert.equal(bench.copy(before), 0);
  bench.check(before);
  await bench.channel(0).die();
  const list = pages(4, 100);
  assert.equal(bench.copy(list), 0);
  bench.check(list);
  await turn();
  await turn();
  assert.equal(bench.copy(pages(4, 200)), 0);
  assert.equal(bench.migrator.channels, 2);
  await bench.migrator.whenQuiet();
});

test('release leaves channels that are not quiet yet alone', async () => {
  const bench = benchWith((frame) => frame === 0);
  assert.equal(bench.copy(pages(4)), -ERRNO.ETIMEDOUT);
  const quiet = bench.migrator.whenQuiet();
  await bench.migrator.owner.release();
  assert.equal(await settled(quiet), false);
  bench.channel(0).letGo();
  bench.channel(1).letGo();
  await quiet;
});
