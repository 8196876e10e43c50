import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, HUGE, LIMIT, MIB, PAGE } from './support/fixture.js';
import { LivingChild } from './support/fork.js';
import { Ksm } from './support/ksm.js';
import { PinnedPage } from './support/pin.js';
import { SplicedPage } from './support/spliced-page.js';
import { SwapFile } from './support/swap-file.js';
import {
  advise,
  call,
  MADV_DONTNEED,
  MADV_HUGEPAGE,
  MADV_NOHUGEPAGE,
  MADV_PAGEOUT,
  PROT_READ,
  PROT_READ_WRITE,
  protect,
} from './support/system-calls.js';
import { COPY_MODES, withTables } from './support/tables.js';

// include/uapi/asm-generic/mman-common.h
const MADV_MERGEABLE = 12;
/** In table 2: away from both of its ends. */
const PART = 100 * PAGE;
const PART_AT = 50 * PAGE;
/** How often what others decide about is looked at, and how long each time: 50 s, as the kernel may be busy. */
const MAX_POLLS = 1000;
const POLL_MS = 50;

/** What page tables are not moved for: for the message of a test that waits for them. */
function whatMayPin(): string {
  const status = readFileSync('/proc/self/status', 'utf8').match(/^Vm(Lck|Pin):.*$/gm);
  const descriptors = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return 'closed';
    }
  });
  return `${status?.join(', ')}; ${descriptors.join(', ')}`;
}

/** Folios that failed, were absent, were on the target, when so many pages are not there. */
function holes(pages: number, to: number): readonly [number, number, number] {
  return to === 0 ? [0, 0, pages] : [0, pages, 0];
}

for (const copyMode of COPY_MODES) {
  test(`holes in a page table stay holes, ${copyMode}`, LIMIT, async () => {
    await withTables(
      ({ at }) => advise(at(2) + PART_AT, PART, MADV_DONTNEED),
      async ({ region, buffer, tables, offsetOf, migrate }) => {
        const hole = offsetOf(2) + PART_AT;
        for (const to of [1, 0, 1]) {
          const [result, moved] = await migrate({ to, copyMode });
          // What was never there counts as being on node 0, where it was adopted.
          const { foliosFailed, foliosAbsent, foliosOnTarget } = result;
          assert.deepEqual([foliosFailed, foliosAbsent, foliosOnTarget], holes(PART / PAGE, to));
          assert.equal(result.bytesMoved, region.migratableBytes - PART);
          assert.ok(moved > 0);
          assert.equal(tables.occupied(region, buffer), (region.migratableBytes - PART) / PAGE);
          assertContent(buffer, 0, 0, hole);
          assertContent(buffer, 0, hole + PART);
        }
        // Only now does anybody touch it.
        assert.ok(new Int32Array(buffer, hole, PART / 4).every((word) => word === 0));
      },
    );
  });

  test(`a table without a page, and one that was only read, ${copyMode}`, LIMIT, async () => {
    await withTables(
      ({ buffer, at, offsetOf }) => {
        advise(at(2), 2 * HUGE, MADV_DONTNEED);
        // Reads have the shared zero page mapped.
        assert.ok(new Int32Array(buffer, offsetOf(3), HUGE / 4).every((word) => word === 0));
      },
      async ({ region, buffer, offsetOf, tables, migrate }) => {
        for (const to of [1, 0, 1]) {
          const [result, moved] = await migrate({ to, copyMode });
          const { foliosFailed, foliosAbsent, foliosOnTarget } = result;
          assert.deepEqual([foliosFailed, foliosAbsent, foliosOnTarget], holes(HUGE / PAGE, to));
          assert.ok(moved > 0);
          assert.equal(tables.occupied(region, buffer), (region.migratableBytes - HUGE) / PAGE);
        }
        const words = new Int32Array(buffer, offsetOf(3), HUGE / 4);
        assert.ok(words.every((word) => word === 0));
        fill(buffer, 1);
        // The table that was not there is on node 0 already.
        const [result] = await migrate({ to: 0, copyMode });
        assert.deepEqual([result.foliosFailed, result.foliosOnTarget], [0, HUGE / PAGE]);
        assertAllMoved(region, (await migrate({ to: 1, copyMode }))[0]);
        assertContent(buffer, 1);
      },
    );
  });

  test(`pages in swap come back in, and page tables around them move, ${copyMode}`, LIMIT, async (t) => {
    const swap = SwapFile.open(16 * MIB);
    if (typeof swap === 'string') {
      t.skip(swap);
      return;
    }
    try {
      await withTables(
        () => undefined,
        async ({ region, buffer, at, migrate }) => {
          for (const to of [1, 0]) {
            advise(at(2) + PART_AT, PART, MADV_PAGEOUT);
            const [result, moved] = await migrate({ to, copyMode });
            assertAllMoved(region, result);
            assert.ok(moved > 0);
            assertContent(buffer);
          }
        },
      );
    } finally {
      swap.close();
    }
  });

  test(`pages shared with a child that lives move, it keeps its own, ${copyMode}`, LIMIT, async (t) => {
    const started: { child?: LivingChild | string } = {};
    try {
      await withTables(
        () => {
          started.child = LivingChild.fork();
        },
        async ({ region, buffer, tables, migrate }) => {
          const { child } = started;
          if (!(child instanceof LivingChild)) {
            t.skip(child);
            return;
          }
          for (const to of [1, 0]) {
            const [result, moved] = await migrate({ to, copyMode });
            assertAllMoved(region, result);
            assert.ok(moved > 0);
            assertContent(buffer);
          }
          fill(buffer, 1);
          assertAllMoved(region, (await migrate({ to: 1, copyMode }))[0]);
          assertContent(buffer, 1);
          const kept = new SharedArrayBuffer(buffer.byteLength);
          new Uint8Array(kept).set(child.peek(tables.addressOf(buffer), buffer.byteLength));
          assertContent(kept);
        },
      );
    } finally {
      if (started.child instanceof LivingChild) started.child.end();
    }
  });

  test(
    `pages that the kernel has merged (KSM) move, and are merged no more, ${copyMode}`,
    LIMIT,
    async (t) => {
      const ksm = await Ksm.start(20);
      if (typeof ksm === 'string') {
        t.skip(ksm);
        return;
      }
      try {
        await withTables(
          ({ buffer, at, offsetOf }) => {
            new Int32Array(buffer, offsetOf(2), HUGE / 4).fill(77);
            advise(at(2), HUGE, MADV_MERGEABLE);
          },
          async ({ region, buffer, offsetOf, migrate }) => {
            if ((await Ksm.merged(1)) === 0) {
              t.skip('the kernel has merged nothing');
              return;
            }
            for (const to of [1, 0, 1]) {
              const [result, moved] = await migrate({ to, copyMode });
              assertAllMoved(region, result);
              assert.ok(moved > 0);
              assertContent(buffer, 0, 0, offsetOf(2));
              assert.ok(new Int32Array(buffer, offsetOf(2), HUGE / 4).every((word) => word === 77));
              assertContent(buffer, 0, offsetOf(3));
            }
          },
        );
      } finally {
        await ksm.end();
      }
    },
  );

  test(`huge pages in a part of the range stay huge, ${copyMode}`, LIMIT, async (t) => {
    await withTables(
      ({ buffer, at, offsetOf }) => {
        advise(at(2), 3 * HUGE, MADV_DONTNEED);
        advise(at(2), 3 * HUGE, MADV_HUGEPAGE);
        fill(buffer, 0, offsetOf(2), offsetOf(5));
      },
      async ({ region, buffer, tables, migrate }) => {
        const huge = tables.hugeBytes(buffer);
        if (huge === 0) {
          t.skip('no huge page is free');
          return;
        }
        for (const to of [1, 0, 1]) {
          const [result, moved] = await migrate({ to, copyMode });
          assertAllMoved(region, result);
          assert.ok(moved > 0);
          assertContent(buffer);
        }
      },
    );
  });

  test(`locked memory stays locked, and moves no page table, ${copyMode}`, LIMIT, async () => {
    await withTables(
      () => undefined,
      async ({ region, buffer, at, migrate }) => {
        assert.ok((await migrate({ to: 1, copyMode }))[1] > 0);
        call('mlock', at(2) + PART_AT, PART);
        const [locked, moved] = await migrate({ to: 0, copyMode });
        assert.equal(moved, 0);
        assert.ok(locked.failures.every(({ code }) => code === 'EINVAL'));
        assert.equal(locked.bytesMoved, region.migratableBytes - PART);
        const status = readFileSync('/proc/self/status', 'latin1');
        assert.equal(Number(/^VmLck:\s+(\d+)/m.exec(status)![1]) * 1024, PART);
        call('munlock', at(2) + PART_AT, PART);
        await migrate({ to: 0, copyMode });
        const [result, again] = await migrate({ to: 1, copyMode });
        assertAllMoved(region, result);
        assert.ok(again > 0);
        assertContent(buffer);
      },
    );
  });

  test(`a read-only part stays, everything else moves, ${copyMode}`, LIMIT, async () => {
    await withTables(
      () => undefined,
      async ({ region, buffer, at, migrate }) => {
        protect(at(2) + PART_AT, PART, PROT_READ);
        const [result, moved] = await migrate({ to: 1, copyMode });
        assert.ok(result.failures.every(({ code }) => code === 'EINVAL'));
        assert.equal(result.bytesMoved, region.migratableBytes - PART);
        // A write-protected batch is cut over as a whole, or by pages.
        assert.equal(moved > 0, copyMode === 'exclusive');
        assertContent(buffer);
        protect(at(2) + PART_AT, PART, PROT_READ_WRITE);
        const [rest] = await migrate({ to: 1, copyMode });
        assert.equal(rest.bytesMoved, PART);
        assertAllMoved(region, (await migrate({ to: 0, copyMode }))[0]);
        assertContent(buffer);
      },
    );
  });

  test(`a page in a pipe moves, the pipe keeps the old one, ${copyMode}`, LIMIT, async () => {
    await withTables(
      () => undefined,
      async ({ region, buffer, at, offsetOf, migrate }) => {
        const pipe = new SplicedPage(at(2));
        const was = new Uint8Array(buffer, offsetOf(2), PAGE).slice();
        const [result, moved] = await migrate({ to: 1, copyMode });
        assertAllMoved(region, result);
        assert.ok(moved > 0);
        assert.deepEqual(Buffer.from(pipe.drain()), Buffer.from(was));
        pipe.close();
        assertAllMoved(region, (await migrate({ to: 0, copyMode }))[0]);
        assertContent(buffer);
      },
    );
  });

  test(`a pinned page stays, and once it is not pinned page tables move, ${copyMode}`, LIMIT, async (t) => {
    await withTables(
      // In a huge page all pages are busy when one is pinned; and memory that malloc gives out again may have one.
      ({ buffer, at, offsetOf }) => {
        advise(at(2), HUGE, MADV_DONTNEED);
        advise(at(2), HUGE, MADV_NOHUGEPAGE);
        fill(buffer, 0, offsetOf(2), offsetOf(3));
      },
      async ({ region, buffer, at, offsetOf, migrate }) => {
        const pin = PinnedPage.pin(at(2));
        if (typeof pin === 'string') {
          t.skip(pin);
          return;
        }
        try {
          const [result] = await migrate({ to: 1, copyMode });
          assert.deepEqual(result.failures, [{ offset: offsetOf(2), length: PAGE, code: 'EBUSY' }]);
        } finally {
          pin.unpin();
        }
        // The kernel lets go of the page when a worker of its own has ended the ring.
        let busy = 1;
        for (let poll = 0; poll < MAX_POLLS && busy > 0; poll++) {
          busy = (await migrate({ to: 1, copyMode }))[0].foliosFailed;
          if (busy > 0) await sleep(POLL_MS);
        }
        assert.equal(busy, 0, whatMayPin());
        let again = 0;
        for (let poll = 0; poll < MAX_POLLS && again === 0; poll++) {
          await sleep(POLL_MS);
          const [back, tables] = await migrate({ to: poll % 2, copyMode });
          assertAllMoved(region, back);
          again = tables;
        }
        assert.ok(again > 0, whatMayPin());
        assertContent(buffer);
      },
    );
  });
}
