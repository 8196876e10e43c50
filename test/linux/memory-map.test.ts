import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { libc } from '../../src/linux/sys/libc.js';
import { MemoryMap } from '../../src/linux/sys/memory-map.js';
import { advise, MADV_DONTFORK } from '../../src/linux/sys/mman.js';
import { HUGE, memory, PAGE } from './support/memory.js';
import { withoutDescriptors } from './support/without-descriptors.js';

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_ANONYMOUS = 0x20;

/** Runs a test by the kernel's query and by the text of all mappings, as before Linux 6.11. */
function testBoth(name: string, run: (map: MemoryMap, text: boolean) => void): void {
  for (const text of [false, true]) {
    test(`${name} (${text ? 'text' : 'query'})`, () => {
      const map = new MemoryMap('test', text);
      try {
        run(map, text);
      } finally {
        map.close();
      }
    });
  }
}

/** Maps some pages, asks of them, and unmaps them. */
function because(text: boolean, prot: number, flags: number, path?: string): string | undefined {
  const c = libc();
  const fd = path === undefined ? -1 : c.open(path, 0);
  const bytes = 4 * PAGE;
  const address = c.mmap(0, bytes, prot, flags, fd, 0);
  assert.ok(address < Number.MAX_SAFE_INTEGER, `mmap: errno ${c.errno()}`);
  // A map of its own: kept text could tell of memory that a thread of V8 had here before.
  const map = new MemoryMap('test', text);
  const answer = map.unmovableBecause(address, address + bytes);
  map.close();
  c.munmap(address, bytes);
  if (fd >= 0) c.close(fd);
  return answer;
}

testBoth('private anonymous memory is movable', (map, text) => {
  assert.equal(because(text, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS), undefined);
  const words = new Uint8Array(new SharedArrayBuffer(HUGE));
  const address = Math.ceil(libc().addressOf(words) / PAGE) * PAGE;
  assert.equal(map.unmovableBecause(address, address + HUGE - PAGE), undefined);
});

testBoth(
  'shared memory, files, and memory that cannot be written are not, and it is said why',
  (_map, text) => {
    assert.match(because(text, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS)!, /MAP_SHARED/);
    const file = process.execPath;
    assert.match(because(text, PROT_READ | PROT_WRITE, MAP_PRIVATE, file)!, new RegExp(`file ${file}`));
    assert.match(because(text, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS)!, /r--p/);
    assert.match(because(text, 0, MAP_PRIVATE | MAP_ANONYMOUS)!, /---p/);
  },
);

testBoth('what is not mapped, or only in part, is not', (map) => {
  const range = memory(4 * HUGE, false);
  const { address } = range;
  assert.equal(map.unmovableBecause(address, address + 4 * HUGE), undefined);
  // One of which the kernel did not say before that it can be moved: of the text what was read is kept.
  libc().munmap(address + HUGE, PAGE);
  const fresh = new MemoryMap('test', true);
  assert.match(fresh.unmovableBecause(address, address + 4 * HUGE)!, /not mapped/);
  fresh.close();
  assert.equal(map.unmovableBecause(address, address + HUGE), undefined);
  assert.equal(map.unmovableBecause(address + HUGE + PAGE, address + 2 * HUGE), undefined);
  range.unmap();
  assert.match(map.unmovableBecause(0, PAGE)!, /not mapped/);
});

testBoth('a range of several mappings is movable, and one with a gap or a foreign part is not', (map) => {
  const range = memory(HUGE, false);
  const { address } = range;
  for (let at = 0; at < HUGE; at += 8 * PAGE) advise(address + at, PAGE, MADV_DONTFORK);
  assert.equal(map.unmovableBecause(address, address + HUGE), undefined);
  libc().mprotect(address + 3 * PAGE, PAGE, PROT_READ);
  const fresh = new MemoryMap('test');
  assert.match(fresh.unmovableBecause(address, address + HUGE)!, /r--p/);
  fresh.close();
  range.unmap();
});

const FEW = 400;
const MANY = 3200;

/** A mapping for each region of some pages and one for what lies between them, as adopted buffers in a heap are. */
function adoptAll(map: MemoryMap, address: number, regions: number): void {
  for (let i = 0; i < regions; i++) {
    const start = address + i * 4 * PAGE;
    assert.equal(map.unmovableBecause(start, start + 3 * PAGE), undefined);
    assert.equal(advise(start, 3 * PAGE, MADV_DONTFORK), 0);
  }
}

test('eight times the regions are asked for with eight times the calls', (t) => {
  const range = memory(MANY * 4 * PAGE, false);
  const map = new MemoryMap('test');
  adoptAll(map, range.address, FEW);
  if (map.bytesRead > 0) {
    t.skip('this kernel is older than Linux 6.11');
  } else {
    const few = map.queries;
    adoptAll(map, range.address + FEW * 4 * PAGE, MANY - FEW);
    assert.deepEqual([few, map.queries, map.bytesRead], [FEW, MANY, 0]);
  }
  map.close();
  range.unmap();
});

test('without the query, eight times the regions need about eight times the bytes of text', () => {
  const range = memory(MANY * 4 * PAGE, false);
  const map = new MemoryMap('test', true);
  adoptAll(map, range.address, FEW);
  const few = map.bytesRead;
  adoptAll(map, range.address + FEW * 4 * PAGE, MANY - FEW);
  // To read all mappings for each region would be 64 times as many, or more.
  assert.ok(map.bytesRead < 16 * few, `${map.bytesRead} bytes after ${few}`);
  assert.ok(map.bytesRead > 0);
  assert.ok(map.count() > 2 * MANY);
  map.close();
  range.unmap();
});

test('what was read is kept for one turn of the event loop', async () => {
  const range = memory(HUGE, false);
  const map = new MemoryMap('test', true);
  const ask = () => map.unmovableBecause(range.address, range.address + HUGE);
  assert.equal(ask(), undefined);
  const once = map.bytesRead;
  assert.equal(ask(), undefined);
  assert.equal(map.bytesRead, once);
  await new Promise((resolve) => setImmediate(resolve));
  libc().mprotect(range.address, PAGE, PROT_READ);
  assert.match(ask()!, /r--p/);
  map.close();
  range.unmap();
});

test('a process without descriptors is told so, and one that has the map needs none', () => {
  const range = memory(HUGE, false);
  const map = new MemoryMap('test');
  const { refused, movable, unmovable } = withoutDescriptors(() => ({
    refused: attempt(() => new MemoryMap('test')),
    movable: map.unmovableBecause(range.address, range.address + HUGE),
    unmovable: map.unmovableBecause(0, PAGE),
  }));
  assert.ok(refused instanceof MigrationError);
  assert.deepEqual([refused.code, refused.operation], ['EMFILE', 'test']);
  assert.match(refused.message, /ulimit -n/);
  assert.equal(movable, undefined);
  assert.match(unmovable!, /not mapped/);
  map.close();
  range.unmap();
});

function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

testBoth('what is reserved is counted up to the first byte that is something else', (map) => {
  const range = memory(2 * HUGE, false);
  const { address } = range;
  const from = address + HUGE;
  assert.equal(map.reservedBytesFrom(from, HUGE), 0, 'it is memory');
  libc().mprotect(from, HUGE / 2, 0);
  assert.equal(map.reservedBytesFrom(from, PAGE), PAGE);
  assert.equal(map.reservedBytesFrom(from, HUGE), HUGE / 2);
  assert.equal(map.reservedBytesFrom(from + PAGE, HUGE), HUGE / 2 - PAGE);
  libc().mprotect(from + 3 * PAGE, PAGE, PROT_READ);
  assert.equal(map.reservedBytesFrom(from, HUGE), 3 * PAGE);
  libc().munmap(from + 2 * PAGE, PAGE);
  assert.equal(map.reservedBytesFrom(from, HUGE), 2 * PAGE);
  range.unmap();
  assert.equal(map.reservedBytesFrom(0, PAGE), 0);
});
