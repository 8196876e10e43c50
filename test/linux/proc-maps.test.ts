import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mappedRanges } from '../../src/linux/sys/proc-maps.js';
import { HUGE, memory } from './support/memory.js';

test('the mappings of a range are given in order, with what they are', () => {
  const range = memory(HUGE, true);
  const { address } = range;
  const ranges = mappedRanges(address, address + HUGE);
  assert.ok(ranges.length >= 1);
  assert.ok(ranges[0]!.start <= address && ranges.at(-1)!.end >= address + HUGE);
  assert.ok(ranges.every(({ permissions }) => permissions === 'rw-p'));
  assert.deepEqual(mappedRanges(address, address), []);
  const all = mappedRanges(0, 2 ** 53);
  assert.ok(all.some(({ path }) => path === '[heap]' || path === '[stack]'));
  assert.ok(all.some(({ path }) => path === process.execPath));
  for (let i = 1; i < all.length; i++) assert.ok(all[i]!.start >= all[i - 1]!.end);
  range.unmap();
});
