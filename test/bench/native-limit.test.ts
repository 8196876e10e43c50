import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CopyRanges } from '../../src/bench/harness/copy-ranges.js';
import { NativeLimit, threadCounts } from '../../src/bench/harness/native-limit.js';
import { libc } from '../../src/linux/sys/libc.js';

test('one thread, powers of two and all CPUs are tried', () => {
  assert.deepEqual(threadCounts(1), [1]);
  assert.deepEqual(threadCounts(2), [1, 2]);
  assert.deepEqual(threadCounts(6), [1, 2, 4, 6]);
  assert.deepEqual(threadCounts(16), [1, 2, 4, 8, 16]);
  assert.equal(threadCounts(512).at(-1), 64);
});

test('a pass copies the whole range', async () => {
  const { memcpy, addressOf } = libc();
  const bytes = 6 * 2 ** 20;
  const ranges = new CopyRanges(bytes, 0, 0);
  const limit = await NativeLimit.open(ranges, [2]);
  try {
    const pattern = Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + (i >> 12)) & 0xff);
    memcpy(ranges.from, addressOf(pattern), bytes);
    const { GBps, threads } = limit.measure();
    assert.ok(GBps > 0);
    assert.equal(threads, 2);
    const copied = new Uint8Array(bytes);
    memcpy(addressOf(copied), ranges.to, bytes);
    assert.ok(Buffer.compare(copied, pattern) === 0);
  } finally {
    await limit.close();
    ranges.close();
  }
});
