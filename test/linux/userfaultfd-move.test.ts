import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { advise, MADV_DONTNEED, MADV_HUGEPAGE, MADV_POPULATE_WRITE } from '../../src/linux/sys/mman.js';
import { PAGE_OCCUPIED } from '../../src/linux/sys/pagemap.js';
import { bitsOf, HUGE, memory, PAGE, peek, poke, withUserfaultfd } from './support/memory.js';

const PAGES = 64;
const BYTES = PAGES * PAGE;

/** Source pages that are there and tell their number, and an empty destination that is registered. */
function withRanges(
  use: (world: {
    move: (at?: number, quiet?: boolean) => { pages: number; errno: number };
    src: number;
    dst: number;
    occupied: (address: number) => boolean[];
    hidden: () => number;
  }) => void,
): void {
  withUserfaultfd((uffd, pagemap) => {
    const src = memory(BYTES, true);
    const dst = memory(BYTES, false);
    for (let i = 0; i < PAGES; i++) poke(src.address + i * PAGE, Uint8Array.of(i + 1));
    assert.equal(uffd.register(dst.address, HUGE), 0);
    use({
      move: (at = 0, quiet = true) => {
        const skip = at * PAGE;
        const bytes = uffd.move(dst.address + skip, src.address + skip, BYTES - skip, quiet);
        return { pages: bytes / PAGE, errno: uffd.errno };
      },
      src: src.address,
      dst: dst.address,
      occupied: (address) => bitsOf(pagemap, address, PAGES).map((bits) => (bits & PAGE_OCCUPIED) !== 0),
      hidden: () => uffd.hiddenMoves,
    });
    assert.equal(uffd.unregister(dst.address, HUGE), 0);
    src.unmap();
    dst.unmap();
  });
}

for (const quiet of [true, false]) {
  test(`move takes pages from one range to the other with their content, quiet: ${quiet}`, () => {
    withRanges(({ move, src, dst, occupied, hidden }) => {
      assert.deepEqual(move(0, quiet), { pages: PAGES, errno: 0 });
      assert.ok(occupied(dst).every((there) => there));
      assert.ok(occupied(src).every((there) => !there));
      for (let i = 0; i < PAGES; i++) assert.equal(peek(dst + i * PAGE, 1)[0], i + 1);
      assert.equal(hidden(), 0);
    });
  });
}

test('a hole in the middle: progress up to it, and ENOENT', () => {
  withRanges(({ move, src, dst, occupied }) => {
    advise(src + 20 * PAGE, PAGE, MADV_DONTNEED);
    assert.deepEqual(move(), { pages: 20, errno: ERRNO.ENOENT });
    assert.deepEqual(
      occupied(dst),
      Array.from({ length: PAGES }, (_, i) => i < 20),
    );
    assert.deepEqual(
      occupied(src),
      Array.from({ length: PAGES }, (_, i) => i > 20),
    );
    assert.deepEqual(move(21), { pages: PAGES - 21, errno: 0 });
    assert.equal(peek(dst + 63 * PAGE, 1)[0], 64);
  });
});

test('a hole at the start: ENOENT, and nothing has moved', () => {
  withRanges(({ move, src, dst, occupied }) => {
    advise(src, PAGE, MADV_DONTNEED);
    assert.deepEqual(move(), { pages: 0, errno: ERRNO.ENOENT });
    assert.ok(occupied(dst).every((there) => !there));
  });
});

test('a destination that is there: EEXIST, and nothing of it has moved', () => {
  withRanges(({ move, src, dst, occupied, hidden }) => {
    assert.deepEqual(move(60), { pages: 4, errno: 0 });
    assert.equal(advise(src + 60 * PAGE, 4 * PAGE, MADV_POPULATE_WRITE), 0);
    assert.deepEqual(move(60), { pages: 0, errno: ERRNO.EEXIST });
    assert.equal(peek(dst + 60 * PAGE, 1)[0], 61, 'the destination keeps its content');
    assert.deepEqual(move(), { pages: 60, errno: ERRNO.EEXIST });
    assert.ok(
      occupied(src)
        .slice(60)
        .every((there) => there),
    );
    assert.equal(hidden(), 0, 'both present is no move that the kernel failed to report');
  });
});

test('moving again what has moved: the answer is full progress, as the page tables say it', () => {
  withRanges(({ move, hidden }) => {
    assert.deepEqual(move(), { pages: PAGES, errno: 0 });
    assert.deepEqual(move(), { pages: PAGES, errno: 0 });
    assert.equal(hidden(), 1);
  });
});

test('a destination that is not registered: EINVAL', () => {
  withUserfaultfd((uffd) => {
    const src = memory(BYTES, true);
    const dst = memory(BYTES, false);
    assert.equal(uffd.move(dst.address, src.address, BYTES, true), 0);
    assert.equal(uffd.errno, ERRNO.EINVAL);
    src.unmap();
    dst.unmap();
  });
});

test('a huge page moves as one', (t) => {
  withUserfaultfd((uffd, pagemap) => {
    const src = memory(HUGE, false);
    const dst = memory(HUGE, false);
    for (const { address } of [src, dst]) advise(address, HUGE, MADV_HUGEPAGE);
    assert.equal(advise(src.address, HUGE, MADV_POPULATE_WRITE), 0);
    const huge = (address: number): number => {
      let bytes = 0;
      pagemap.hugeRanges(address, HUGE, (_, length) => {
        bytes += length;
      });
      return bytes;
    };
    if (huge(src.address) === 0) {
      t.skip('this host gives no transparent huge pages');
    } else {
      poke(src.address + 12345, Uint8Array.of(99));
      assert.equal(uffd.register(dst.address, HUGE), 0);
      assert.equal(uffd.move(dst.address, src.address, HUGE, true), HUGE);
      assert.equal(huge(dst.address), HUGE);
      assert.equal(huge(src.address), 0);
      assert.equal(peek(dst.address + 12345, 1)[0], 99);
      uffd.unregister(dst.address, HUGE);
    }
    src.unmap();
    dst.unmap();
  });
});

test('copyPage fills a hole, and refuses a page that is there', () => {
  withUserfaultfd((uffd) => {
    const src = memory(PAGE, true);
    const dst = memory(PAGE, false);
    poke(src.address, Uint8Array.of(42));
    assert.equal(uffd.copyPage(dst.address, src.address), -ERRNO.ENOENT, 'a range that is not registered');
    uffd.register(dst.address, HUGE);
    assert.equal(uffd.copyPage(dst.address, src.address), 0);
    assert.equal(peek(dst.address, 1)[0], 42);
    assert.equal(uffd.copyPage(dst.address, src.address), -ERRNO.EEXIST);
    uffd.unregister(dst.address, HUGE);
    dst.unmap();
    src.unmap();
  });
});
