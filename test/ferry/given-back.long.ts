import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { libc } from '../../src/linux/sys/libc.js';
import { fillHole, MADV_DONTNEED } from '../../src/linux/sys/mman.js';
import { CallingThread } from '../linux/support/calling-thread.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, nextBatch, PAGE, refusal, withFerry } from './support/fixture.js';

const BYTES = 8 * MIB;
const thread = await CallingThread.start();
after(() => thread.end());

function addressOf(memory: SharedArrayBuffer): number {
  return libc().addressOf(new Uint8Array(memory, 0, 1));
}

for (const copyMode of ['exclusive', 'write-protected'] as const) {
  for (const tables of ['never', 'always']) {
    test(
      `${copyMode}, page tables ${tables}: what native code gives back meanwhile is zero`,
      LIMIT,
      async () => {
        await withFerry({ audit: true, batchBytes: 4 * 2 ** 20 }, async (ferry) => {
          await ferry.parameters.set('module/pageferry/parameters/page_tables', tables);
          const memory = new SharedArrayBuffer(BYTES);
          const region = ferry.adopt(memory);
          const first = Math.ceil(addressOf(memory) / PAGE) * PAGE;
          const offset = first - addressOf(memory);
          // Batches are out for some time, so that some of the calls find their pages out. None has to.
          await ferry.registerMigrator({ name: 'error', inner: { name: 'mtcopy' }, delay: 1, delayMs: 10 });
          for (let round = 0; round < 3; round++) {
            fill(memory, round);
            const moving = region.migrate({ to: 1 - (round % 2), copyMode });
            // A page of every three, and every other one in runs of 64.
            const given: number[] = [];
            for (let page = round; page < BYTES / PAGE - 1; page += 3) {
              if (Math.floor(page / 64) % 2 === 0) given.push(page);
            }
            const calls = given.map((page) => [first + page * PAGE, PAGE, MADV_DONTNEED]);
            assert.ok((await thread.calls('madvise', calls)).every((result) => result === 0));
            const { failures, code } = await moving;
            assert.deepEqual([failures, code], [[], null]);
            const words = new Int32Array(memory);
            for (const page of given) {
              const at = (offset + page * PAGE) / 4;
              assert.ok(
                words.subarray(at, at + PAGE / 4).every((word) => word === 0),
                `page ${page} in round ${round}`,
              );
            }
            const dropped = new Set(given);
            assertContent(memory, round, 0, offset);
            for (let page = 0; page < BYTES / PAGE - 1; page++) {
              if (dropped.has(page)) continue;
              assertContent(memory, round, offset + page * PAGE, offset + (page + 1) * PAGE);
            }
          }
          assert.equal(ferry.stats().audit_violations, 0);
        });
      },
    );
  }
}

test(
  'native code unmaps a part of a region in mid-migration: ESTALE, and the rest is whole',
  LIMIT,
  async () => {
    await withFerry({ batchBytes: 64 * 4096, audit: true }, async (ferry) => {
      const memory = new SharedArrayBuffer(BYTES);
      const other = ferry.adopt(new SharedArrayBuffer(MIB));
      fill(memory);
      const region = ferry.adopt(memory);
      const from = Math.ceil((addressOf(memory) + BYTES / 2) / PAGE) * PAGE;
      const bytes = 256 * PAGE;
      const { batches } = ferry.stats();
      // So that the migration is not over by then: 32 batches.
      await ferry.registerMigrator({ name: 'error', inner: { name: 'cpu' }, delay: 1, delayMs: 30 });
      const rejected = assert.rejects(region.migrate({ to: 1 }), refusal('ESTALE', 'region'));
      await nextBatch(ferry, batches);
      assert.equal(await thread.call('munmap', from, bytes), 0);
      // V8 says that the memory is where it was, so this is no move that could be followed.
      await rejected;
      await ferry.unregisterMigrator('error');
      await assert.rejects(region.migrate({ to: 0 }), refusal('ESTALE', 'region'));
      fill(other.buffer);
      assertAllMoved(other, await other.migrate({ to: 1 }));
      // V8 is to find memory there when it frees the buffer.
      assert.equal(fillHole(from, bytes), true);
      const start = from - addressOf(memory);
      assertContent(memory, 0, 0, start);
      assertContent(memory, 0, start + bytes);
      await region.release();
      const again = ferry.adopt(memory);
      fill(memory, 1);
      assertAllMoved(again, await again.migrate({ to: 0 }).then(() => again.migrate({ to: 1 })));
      assertContent(memory, 1);
    });
  },
);

for (const part of ['the first half', 'all but the end']) {
  test(
    `native code unmaps ${part} of a region at rest: each call says ESTALE, and the ferry lives`,
    LIMIT,
    async () => {
      await withFerry({ audit: true }, async (ferry) => {
        const memory = new SharedArrayBuffer(BYTES);
        fill(memory);
        const region = ferry.adopt(memory);
        const from = Math.ceil(addressOf(memory) / PAGE) * PAGE;
        const bytes = part === 'the first half' ? BYTES / 2 : BYTES - 2 * PAGE;
        assert.equal(await thread.call('munmap', from, bytes), 0);
        const stale = refusal('ESTALE', 'region');
        try {
          // Whole pages, pages of which a part is zeroed, and less than a page.
          for (const [offset, length] of [
            [PAGE, MIB],
            [PAGE + 100, 3 * PAGE],
            [2 * PAGE, 100],
          ] as const) {
            await assert.rejects(region.advise(offset, length, 'dead'), stale, `${offset}, ${length}`);
          }
          await assert.rejects(region.pageOut(PAGE, MIB), stale);
          await assert.rejects(region.migrate({ to: 1 }), stale);
        } finally {
          // V8 is to find memory there when it frees the buffer.
          assert.equal(fillHole(from, bytes), true);
        }
        await region.release();
        const other = ferry.adopt(new SharedArrayBuffer(MIB));
        fill(other.buffer);
        assertAllMoved(other, await other.migrate({ to: 1 }));
      });
    },
  );
}
