import assert from 'node:assert/strict';
import { test } from 'node:test';
import { libc } from '../../src/linux/libc.js';
import { mappedRanges, unmovableBecause } from '../../src/linux/proc-maps.js';
import { HUGE, memory, PAGE } from './support/memory.js';

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_ANONYMOUS = 0x20;

/** Maps a page or more, asks, and unmaps it. */
function because(prot: number, flags: number, path?: string): string | undefined {
  const c = libc();
  const fd = path === undefined ? -1 : c.open(path, 0);
  const bytes = 4 * PAGE;
  const address = c.mmap(0, bytes, prot, flags, fd, 0);
  assert.ok(address < Number.MAX_SAFE_INTEGER, `mmap: errno ${c.errno()}`);
  const answer = unmovableBecause(address, address + bytes);
  c.munmap(address, bytes);
  if (fd >= 0) c.close(fd);
  return answer;
}

test('private anonymous memory is movable', () => {
  assert.equal(because(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS), undefined);
  const words = new Uint8Array(new SharedArrayBuffer(HUGE));
  const address = Math.ceil(libc().addressOf(words) / PAGE) * PAGE;
  assert.equal(unmovableBecause(address, address + HUGE - PAGE), undefined);
});

test('shared memory, files, and memory that cannot be written are not, and it is said why', () => {
  assert.match(because(PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS)!, /MAP_SHARED/);
  const file = process.execPath;
  assert.match(because(PROT_READ | PROT_WRITE, MAP_PRIVATE, file)!, new RegExp(`file ${file}`));
  assert.match(because(PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS)!, /r--p/);
  assert.match(because(0, MAP_PRIVATE | MAP_ANONYMOUS)!, /---p/);
});

test('what is not mapped, or only in part, is not', () => {
  const range = memory(4 * HUGE, false);
  const { address } = range;
  assert.equal(unmovableBecause(address, address + 4 * HUGE), undefined);
  libc().munmap(address + HUGE, PAGE);
  assert.match(unmovableBecause(address, address + 4 * HUGE)!, /not mapped/);
  assert.equal(unmovableBecause(address, address + HUGE), undefined);
  assert.equal(unmovableBecause(address + HUGE + PAGE, address + 2 * HUGE), undefined);
  range.unmap();
  assert.match(unmovableBecause(address, address + PAGE)!, /not mapped/);
});

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
