import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advise, MADV_DONTNEED, MADV_HUGEPAGE, MADV_POPULATE_WRITE } from '../../src/linux/sys/mman.js';
import { PAGE_EXCLUSIVE, PAGE_OCCUPIED, PAGE_PRESENT, Pagemap, pageOf } from '../../src/linux/sys/pagemap.js';
import { bitsOf, HUGE, memory, PAGE, poke } from './support/memory.js';

const THERE = PAGE_OCCUPIED | PAGE_PRESENT | PAGE_EXCLUSIVE;

test('pages that are there and pages that are not are told apart', () => {
  const pagemap = new Pagemap();
  const range = memory(HUGE, false);
  assert.deepEqual(bitsOf(pagemap, range.address, 512), new Array(512).fill(0));
  for (const page of [3, 4, 511]) poke(range.address + page * PAGE, Uint8Array.of(1));
  const bits = bitsOf(pagemap, range.address, 512);
  assert.deepEqual(
    bits.flatMap((b, page) => (b !== 0 ? [[page, b]] : [])),
    [
      [3, THERE],
      [4, THERE],
      [511, THERE],
    ],
  );
  advise(range.address + 4 * PAGE, PAGE, MADV_DONTNEED);
  assert.deepEqual(bitsOf(pagemap, range.address + 3 * PAGE, 3), [THERE, 0, 0]);
  range.unmap();
  assert.deepEqual(
    bitsOf(pagemap, range.address, 8),
    new Array(8).fill(0),
    'what is not mapped is not there',
  );
  pagemap.close();
});

test('ranges mapped by 2 MiB entries are found, and only those', (t) => {
  const pagemap = new Pagemap();
  const range = memory(8 * HUGE, false);
  const found = (): number[][] => {
    const ranges: number[][] = [];
    pagemap.hugeRanges(range.address, 8 * HUGE, (address, bytes) => {
      ranges.push([(address - range.address) / HUGE, bytes / HUGE]);
    });
    return ranges;
  };
  assert.deepEqual(found(), []);
  poke(range.address + HUGE, Uint8Array.of(1));
  assert.deepEqual(found(), [], 'a small page is none');
  advise(range.address + 2 * HUGE, 6 * HUGE, MADV_HUGEPAGE);
  for (const chunk of [2, 3, 6]) advise(range.address + chunk * HUGE, HUGE, MADV_POPULATE_WRITE);
  const ranges = found();
  if (ranges.length === 0) t.skip('this host gives no transparent huge pages');
  else {
    assert.deepEqual(ranges, [
      [2, 2],
      [6, 1],
    ]);
    advise(range.address + 3 * HUGE, PAGE, MADV_DONTNEED);
    assert.deepEqual(
      found(),
      [
        [2, 1],
        [6, 1],
      ],
      'one that was split is none any more',
    );
  }
  range.unmap();
  pagemap.close();
});

test('more huge ranges than one call returns are all found', (t) => {
  const pagemap = new Pagemap();
  const chunks = 140;
  const range = memory(chunks * HUGE, false);
  // Every second one, so that none of them merge; the kernel's answer has room for 64.
  for (let chunk = 0; chunk < chunks; chunk += 2) {
    advise(range.address + chunk * HUGE, HUGE, MADV_HUGEPAGE);
    poke(range.address + chunk * HUGE, Uint8Array.of(1));
  }
  const found: number[] = [];
  pagemap.hugeRanges(range.address, chunks * HUGE, (address) => {
    found.push((address - range.address) / HUGE);
  });
  if (found.length === 0) t.skip('this host gives no transparent huge pages');
  else {
    assert.deepEqual(
      found,
      Array.from({ length: chunks / 2 }, (_, i) => i * 2),
    );
  }
  range.unmap();
  pagemap.close();
});

test('page numbers are exact for all of the address space', () => {
  assert.equal(pageOf(0), 0);
  assert.equal(pageOf(0x7fff_ffff_f000), 0x7_ffff_ffff);
});
