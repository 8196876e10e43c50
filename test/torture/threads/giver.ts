import { libc } from '../../../src/linux/sys/libc.js';
import { MADV_DONTNEED } from '../../../src/linux/sys/mman.js';
import { between, oneIn, pick } from '../streams.js';
import type { Bench } from './thread.js';

// include/uapi/asm-generic/mman-common.h
const MADV_FREE = 8;
const PAGE = 4096;
const PAGE_WORDS = PAGE / 4;
const BURST = 20;
const MAX_PAGES = 64;
/** Longer than page tables with pages that were given back stay where they are (DROP_MS). */
const MAX_REST_MS = 1500;

/**
 * Gives pages back and uses them again, as a memory allocator does. What MADV_DONTNEED has returned from is zero. What was
 * written after that, or after MADV_FREE, stays.
 */
export function give({ task, random, stopped, did, say }: Bench): Uint32Array[] {
  const c = libc();
  const words = new Int32Array(task.given);
  const start = c.addressOf(words);
  const first = Math.ceil(start / PAGE) * PAGE;
  const pages = Math.floor((start + words.byteLength - first) / PAGE);
  const values = new Int32Array(pages);
  const nap = new Int32Array(new SharedArrayBuffer(4));
  const wordOf = (page: number) => (first - start) / 4 + page * PAGE_WORDS;
  // The last word of the page, too: a page that is torn has two values.
  const check = (page: number, value: number, why: string) => {
    for (const at of [wordOf(page), wordOf(page) + PAGE_WORDS - 1]) {
      if (words[at] !== value) throw new Error(`${why}: page ${page} holds ${words[at]}, not ${value}`);
    }
  };
  const write = (page: number) => {
    const value = ++values[page]!;
    words[wordOf(page)] = value;
    words[wordOf(page) + PAGE_WORDS - 1] = value;
  };
  while (!stopped()) {
    let given = 0;
    for (let i = 0; i < BURST; i++) {
      const page = random(pages);
      check(page, values[page]!, 'an update is lost');
      if (oneIn(random, 3)) {
        const count = oneIn(random, 8) ? between(random, 1, Math.min(MAX_PAGES, pages - page)) : 1;
        const advice = pick(random, [MADV_DONTNEED, MADV_FREE]);
        if (c.madvise(first + page * PAGE, count * PAGE, advice) !== 0)
          throw new Error(`madvise: ${c.errno()}`);
        for (let at = page; at < page + count; at++) {
          if (advice === MADV_DONTNEED) check(at, 0, 'content that was given back is there again');
          write(at);
        }
        given += count;
      }
      write(page);
    }
    say({ kind: 'counted', what: 'pages given back', amount: given });
    did(BURST);
    if (oneIn(random, 4)) Atomics.wait(nap, 0, 0, oneIn(random, 8) ? random(MAX_REST_MS) : random(20));
  }
  for (let page = 0; page < pages; page++) check(page, values[page]!, 'an update is lost at the end');
  return [];
}
