import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { JOURNAL_BACK, JOURNAL_STUCK, Journal } from '../../src/linux/rescue/journal.js';
import { rescue } from '../../src/linux/rescue/journal-rescue.js';
import { libc } from '../../src/linux/sys/libc.js';
import { advise, MADV_DONTNEED } from '../../src/linux/sys/mman.js';
import { PAGE_OCCUPIED, Pagemap } from '../../src/linux/sys/pagemap.js';
import { mappedRanges } from '../../src/linux/sys/proc-maps.js';
import { EventReader } from '../../src/linux/userfaultfd/event-reader.js';
import { Userfaultfd } from '../../src/linux/userfaultfd/userfaultfd.js';
import { until } from '../ferry/support/fixture.js';
import { bitsOf, HUGE, memory, PAGE, peek, poke, remap } from './support/memory.js';
import { MovingThread } from './support/moving-thread.js';
import { isOpen, rescuers } from './support/rescuers.js';

const LIMIT = { timeout: 120_000 } as const;
/** Page tables of the run; there is one more on each side of it, which stays. */
const TABLES = 2;
const RUN = TABLES * HUGE;
const PAGES = RUN / PAGE;
const WHOLE = RUN + 2 * HUGE;
const READ = 1;
const c = libc();

/** A journal with a registered range of the program and the ferry's own memory: pools, a shadow range, copies. */
function scene(events: boolean) {
  const pagemap = new Pagemap();
  const uffd = Userfaultfd.open(pagemap, { events });
  const program = memory(WHOLE, true).address;
  const run = program + HUGE;
  const pools = memory(HUGE, true).address;
  const shadow = memory(RUN, false).address;
  const copies = memory(RUN, true).address;
  mark(program, WHOLE / PAGE, 1);
  mark(copies, PAGES, 101);
  assert.equal(uffd.register(program, WHOLE), 0);
  const journal = new Journal(new SharedArrayBuffer(Journal.bytes(8)));
  journal.open(uffd.descriptor, { address: pools, bytes: HUGE });
  assert.ok(journal.registered(program, WHOLE));
  for (const address of [shadow, copies]) assert.ok(journal.memory(address, RUN));
  return { pagemap, uffd, program, run, pools, shadow, copies, journal };
}

type Scene = ReturnType<typeof scene>;

/** Each page has its own mark, up to 100 of them. */
function mark(address: number, pages: number, first: number): void {
  for (let i = 0; i < pages; i++) poke(address + i * PAGE, Uint8Array.of(first + (i % 100)));
}

function marks(address: number, pages: number): number[] {
  return Array.from({ length: pages }, (_, i) => peek(address + i * PAGE, 1)[0]!);
}

function expected(pages: number, first: number): number[] {
  return Array.from({ length: pages }, (_, i) => first + (i % 100));
}

/** How many pages are there, of whole page tables. */
function present(pagemap: Pagemap, address: number, bytes: number): number {
  let pages = 0;
  for (let at = 0; at < bytes; at += HUGE) {
    pages += bitsOf(pagemap, address + at, 512).filter((bits) => (bits & PAGE_OCCUPIED) !== 0).length;
  }
  return pages;
}

/** All is back: ordinary memory of the program, no descriptor, no pages in the ferry's own memory. */
function assertBack({ journal, program, pools, shadow, copies, pagemap }: Scene): void {
  assert.equal(journal.state, JOURNAL_BACK);
  assert.equal(isOpen(journal.descriptor), false);
  assert.equal(advise(program, PAGE, MADV_DONTNEED), 0);
  assert.deepEqual([...peek(program, 1)], [0], 'a page that is not there can be touched');
  const own = { pools: present(pagemap, pools, HUGE), shadow: present(pagemap, shadow, RUN) };
  assert.deepEqual({ ...own, copies: present(pagemap, copies, RUN) }, { pools: 0, shadow: 0, copies: 0 });
  pagemap.close();
}

test('a run says how it goes, and so do those that replace it; memory says whose it is', () => {
  const journal = new Journal(new SharedArrayBuffer(Journal.bytes(8)));
  journal.open(7, { address: 1 * HUGE, bytes: HUGE });
  assert.ok(journal.registered(2 * HUGE, PAGE));
  assert.ok(journal.memory(3 * HUGE, PAGE));
  assert.deepEqual(journal.spans(), [
    { address: 1 * HUGE, bytes: HUGE, own: true },
    { address: 2 * HUGE, bytes: PAGE, own: false },
    { address: 3 * HUGE, bytes: PAGE, own: true },
  ]);
  journal.unregistered(2 * HUGE);
  assert.deepEqual(journal.spans()[1], { address: 3 * HUGE, bytes: PAGE, own: true });
  journal.forget(3 * HUGE);
  journal.forget(1 * HUGE);
  assert.deepEqual(journal.spans(), [{ address: 1 * HUGE, bytes: HUGE, own: true }], 'the pools stay');
  journal.leaving(0, 4 * HUGE, 5 * HUGE, 512, true);
  journal.replaceLast(0, [
    [4 * HUGE, 5 * HUGE, 3],
    [4 * HUGE + 8 * PAGE, 5 * HUGE + 8 * PAGE, 504],
  ]);
  journal.leaving(2, 6 * HUGE, 7 * HUGE, 1);
  assert.deepEqual(journal.runs(), [
    { program: 4 * HUGE, frames: 5 * HUGE, pages: 3, byTable: true },
    { program: 4 * HUGE + 8 * PAGE, frames: 5 * HUGE + 8 * PAGE, pages: 504, byTable: true },
    { program: 6 * HUGE, frames: 7 * HUGE, pages: 1, byTable: false },
  ]);
  assert.equal(journal.reader, 0);
  journal.readBy(8 * HUGE);
  assert.equal(journal.reader, 8 * HUGE);
  journal.close();
  assert.equal(journal.reader, 0);
});

for (const [who, bringBack] of rescuers) {
  const options = bringBack === undefined ? { skip: 'no machine code for this processor' } : LIMIT;
  const check = (name: string, body: (bring: (journal: Journal) => void) => void | Promise<void>) =>
    test(`${name} (${who})`, options, () => body(bringBack!));

  check('a run that has left by page table comes back, and the event reader is ended', (bring) => {
    const s = scene(true);
    const reader = EventReader.start(s.uffd.descriptor)!;
    s.journal.readBy(reader.block);
    s.journal.leaving(0, s.run, s.shadow, PAGES, true);
    assert.equal(remap(s.run, RUN, s.shadow), s.shadow);
    bring(s.journal);
    assert.equal(rescue(s.journal), 0, 'the owner finds nothing to do, but for the reader');
    assert.equal(reader.alive, false);
    assert.equal(s.journal.reader, 0);
    assert.equal(reader.end(), true);
    assert.deepEqual(marks(s.program, WHOLE / PAGE), expected(WHOLE / PAGE, 1));
    assertBack(s);
  });

  check('a run that was to leave by page table, and has not, stays', (bring) => {
    const s = scene(false);
    s.journal.leaving(0, s.run, s.shadow, PAGES, true);
    bring(s.journal);
    assert.deepEqual(marks(s.program, WHOLE / PAGE), expected(WHOLE / PAGE, 1));
    assertBack(s);
  });

  check('a run that has arrived by page table stays, though its range is registered no more', (bring) => {
    const s = scene(false);
    s.journal.leaving(0, s.run, s.shadow, PAGES, true);
    assert.equal(remap(s.run, RUN, s.shadow), s.shadow);
    assert.equal(remap(s.copies, RUN, s.run), s.run);
    assert.equal(s.uffd.isRegistered(s.run, s.copies), false);
    bring(s.journal);
    assert.deepEqual(marks(s.run, PAGES), expected(PAGES, 101));
    for (const [table, address] of [
      [0, s.program],
      [3, s.run + RUN],
    ] as const) {
      assert.deepEqual(marks(address, 512), expected(WHOLE / PAGE, 1).slice(table * 512, (table + 1) * 512));
    }
    assertBack(s);
  });

  check('of a run’s page tables one has arrived, and one is a hole in the program’s memory', (bring) => {
    const s = scene(false);
    s.journal.leaving(0, s.run, s.shadow, PAGES, true);
    assert.equal(remap(s.run, RUN, s.shadow), s.shadow);
    assert.equal(remap(s.copies, HUGE, s.run), s.run);
    // As a mremap that fails half-way leaves it: it unmaps the target first.
    assert.equal(c.munmap(s.run + HUGE, HUGE), 0);
    assert.equal(mappedRanges(s.run + HUGE, s.run + RUN).length, 0);
    bring(s.journal);
    assert.deepEqual(marks(s.run, 512), expected(512, 101));
    assert.deepEqual(marks(s.run + HUGE, 512), expected(WHOLE / PAGE, 1).slice(2 * 512, 3 * 512));
    assertBack(s);
  });

  check(
    'a thread sleeps in mremap, as nobody has read its event: it goes on, the run comes back',
    async (bring) => {
      const s = scene(true);
      s.journal.leaving(1, s.run, s.shadow, PAGES, true);
      const mover = await MovingThread.start({ from: s.run, to: s.shadow, bytes: RUN, moves: 1 });
      mover.go();
      await until(() => {
        assert.equal(s.uffd.move(s.pools, s.copies, PAGE, true), 0);
        return s.uffd.errno === ERRNO.EAGAIN;
      });
      assert.equal(mover.done, 0);
      bring(s.journal);
      await mover.ended();
      assert.equal(mover.task.results[0], s.shadow);
      assert.deepEqual(marks(s.program, WHOLE / PAGE), expected(WHOLE / PAGE, 1));
      assertBack(s);
    },
  );

  check('a page that cannot be moved: nothing is unregistered or given back before it is back', (bring) => {
    const s = scene(false);
    s.journal.leaving(0, s.run, s.shadow, PAGES, true);
    assert.equal(remap(s.run, RUN, s.shadow), s.shadow);
    // Two mappings whose protection differs: UFFDIO_MOVE refuses them with EINVAL.
    assert.equal(c.mprotect(s.run + 3 * PAGE, PAGE, READ), 0);
    bring(s.journal);
    if (bring !== rescue) {
      // It has no way to copy.
      assert.equal(s.journal.state, JOURNAL_STUCK);
      assert.equal(isOpen(s.journal.descriptor), true);
      assert.equal(present(s.pagemap, s.copies, RUN), PAGES);
      assert.equal(s.uffd.isRegistered(s.run, s.copies), true);
      assert.ok(rescue(s.journal) > 0);
    }
    assert.deepEqual(marks(s.program, WHOLE / PAGE), expected(WHOLE / PAGE, 1));
    assertBack(s);
  });
}
