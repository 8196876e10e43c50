import assert from 'node:assert/strict';
import { test } from 'node:test';
import { libc } from '../../src/linux/sys/libc.js';
import { MADV_DOFORK, MADV_DONTFORK } from '../../src/linux/sys/mman.js';
import { markedRanges, parseSmaps } from '../../src/linux/sys/smaps.js';
import { memory, PAGE } from './support/memory.js';

const TEXT = `7f0000000000-7f0000002000 rw-p 00000000 00:00 0 
Size:                  8 kB
KSM:                   4 kB
VmFlags: rd wr mr mw me ac sd mg 
7f0000002000-7f0000003000 ---p 00000000 00:00 0 
Size:                  4 kB
VmFlags: mr mw me sd 
7f0000003000-7f0000004000 r--p 00001000 08:01 12  /tmp/a file
VmFlags: rd mr
`;

test('the flags of each mapping', () => {
  assert.deepEqual(parseSmaps(TEXT), [
    { start: 0x7f0000000000, end: 0x7f0000002000, flags: ['rd', 'wr', 'mr', 'mw', 'me', 'ac', 'sd', 'mg'] },
    { start: 0x7f0000002000, end: 0x7f0000003000, flags: ['mr', 'mw', 'me', 'sd'] },
    { start: 0x7f0000003000, end: 0x7f0000004000, flags: ['rd', 'mr'] },
  ]);
  assert.deepEqual(parseSmaps(''), []);
});

test('the parts of a range whose mappings have a flag', () => {
  const range = memory(8 * PAGE, true);
  const at = range.address;
  const end = at + 8 * PAGE;
  assert.deepEqual(markedRanges('dc', at, end), []);
  assert.equal(libc().madvise(at + 2 * PAGE, 3 * PAGE, MADV_DONTFORK), 0);
  assert.deepEqual(markedRanges('dc', at, end), [[at + 2 * PAGE, 3 * PAGE]]);
  assert.deepEqual(markedRanges('dc', at + 3 * PAGE, at + 4 * PAGE), [[at + 3 * PAGE, PAGE]]);
  assert.equal(libc().madvise(at, 8 * PAGE, MADV_DOFORK), 0);
  assert.deepEqual(markedRanges('dc', at, end), []);
  range.unmap();
});
