import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodePool } from '../../src/linux/memory/node-pool.js';
import { PAGE_PRESENT } from '../../src/linux/sys/pagemap.js';
import { NO_FRAME } from '../../src/mm/pipeline/batch.js';
import { bitsOf, HUGE, memory, withUserfaultfd } from './support/memory.js';

const CHUNKS = 6;

function withPool(capacityPages: number, use: (pool: NodePool, present: () => number) => void): void {
  withUserfaultfd((uffd, pagemap) => {
    const range = memory(CHUNKS * HUGE, false);
    assert.equal(uffd.register(range.address, CHUNKS * HUGE), 0);
    const pool = new NodePool({
      numaNode: 0,
      capacityPages,
      address: range.address,
      firstFrame: 0,
      chunks: CHUNKS,
      uffd,
      pagemap,
      reclaim: () => false,
      surplus: () => undefined,
    });
    use(pool, () => {
      let pages = 0;
      for (let chunk = 0; chunk < CHUNKS; chunk++) {
        for (const bits of bitsOf(pagemap, range.address + chunk * HUGE, 512)) {
          if ((bits & PAGE_PRESENT) !== 0) pages++;
        }
      }
      return pages;
    });
    pool.close();
    uffd.unregister(range.address, CHUNKS * HUGE);
    range.unmap();
  });
}

test('free pages puts pages behind the frames, whole chunks of them, and trim gives them back', () => {
  withPool(Number.POSITIVE_INFINITY, (pool, present) => {
    assert.equal(present(), 0);
    assert.equal(pool.prefill(1, false), 512);
    assert.equal(pool.prefill(513, true), 1024);
    assert.equal(pool.table.freeFrames, 1536);
    assert.equal(present(), 1536);
    pool.trim(1024);
    assert.equal(pool.table.freeFrames, 1024);
    assert.equal(present(), 1024);
    pool.trim(0);
    assert.equal(pool.table.freeFrames, 0);
    assert.equal(present(), 0);
  });
});

test('prefill stops when the pool is full', () => {
  withPool(Number.POSITIVE_INFINITY, (pool, present) => {
    assert.equal(pool.prefill(100 * 512, false), CHUNKS * 512);
    assert.equal(pool.prefill(1, false), 0);
    assert.equal(pool.take(0), 0);
    assert.equal(present(), CHUNKS * 512);
    pool.trim(0);
    assert.equal(present(), 512, 'a chunk with a page in flight is not given back');
  });
});

test('take gets from the node what is not free, and what is taken is there', () => {
  withPool(Number.POSITIVE_INFINITY, (pool, present) => {
    const frames = new Set<number>();
    for (let i = 0; i < 600; i++) frames.add(pool.take(0));
    assert.equal(frames.size, 600);
    assert.equal(frames.has(NO_FRAME), false);
    const huge = pool.take(9);
    assert.notEqual(huge, NO_FRAME);
    assert.equal(huge % 512, 0);
    assert.equal(present(), 1024 + 512);
    assert.equal(pool.addressOf(huge) - pool.addressOf(0), (huge / 512) * HUGE);
  });
});

test('an empty slot is found in a pool full of free pages: some are dropped for it', () => {
  withPool(Number.POSITIVE_INFINITY, (pool) => {
    pool.prefill(CHUNKS * 512, false);
    assert.notEqual(pool.takeEmpty(9), NO_FRAME);
    assert.notEqual(pool.takeEmpty(0), NO_FRAME);
    assert.ok(pool.table.freeFrames <= (CHUNKS - 2) * 512);
  });
});

test('takeEmpty finds none only when all is in flight', () => {
  withPool(Number.POSITIVE_INFINITY, (pool) => {
    for (let chunk = 0; chunk < CHUNKS; chunk++) assert.notEqual(pool.takeEmpty(9), NO_FRAME);
    assert.equal(pool.takeEmpty(9), NO_FRAME);
    assert.equal(pool.takeEmpty(0), NO_FRAME);
  });
});

test('what a node may take is its capacity less what the program has there', () => {
  withPool(100, (pool) => {
    assert.equal(pool.pagesFree, 100);
    assert.equal(pool.take(9), NO_FRAME);
    assert.notEqual(pool.take(4), NO_FRAME);
    pool.programPages = 100;
    assert.equal(pool.pagesFree, 0);
    assert.equal(pool.take(0), NO_FRAME);
    pool.programPages = 120;
    assert.equal(pool.pagesFree, 0);
  });
});
