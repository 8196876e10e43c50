import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFerryWith } from '../../src/ferry/open-ferry.js';
import { libc } from '../../src/linux/sys/libc.js';
import { MADV_DONTNEED } from '../../src/linux/sys/mman.js';
import { sampled } from '../deep.js';
import { CallingThread } from '../linux/support/calling-thread.js';
import { countersAdded, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { failingTables } from './support/failing-tables.js';
import { assertAllMoved, LIMIT, MIB, nextBatch, PAGE } from './support/fixture.js';

for (const copyMode of ['exclusive', 'write-protected'] as const) {
  // 1: while a shadow is made ready. 4: between two of them. 7: while a batch leaves. 10: between two migrations.
  for (const [when, nth, moved] of sampled(
    [
      ['before', 1, false],
      ['before', 4, false],
      ['before', 7, false],
      ['after', 8, true],
      ['before', 9, true],
    ] as const,
    2,
  )) {
    test(
      `${copyMode}: the event reader ends ${when} mremap ${nth}: the ferry goes on, page by page`,
      LIMIT,
      async () => {
        const memory = new SharedArrayBuffer(16 * MIB);
        fillCounters(memory);
        const wrapMachine = failingTables({ call: 'remap', when, nth, how: 'reader' });
        const ferry = await openFerryWith({ batchBytes: 16 * 2 ** 20, audit: true }, { wrapMachine });
        await ferry.parameters.set('module/pageferry/parameters/page_tables', 'always');
        const region = ferry.adopt(memory);
        const crew = await Crew.start(memory, [{ kind: 'write' }, { kind: 'read' }]);
        for (const to of [1, 0, 1]) assertAllMoved(region, await region.migrate({ to, copyMode }));
        await crew.allGoOn();
        const tables = ferry.stats().tables_moved;
        assert.equal(tables > 0 || !moved, true, `${tables} page tables moved`);
        assertAllMoved(region, await region.migrate({ to: 0, copyMode }));
        assert.equal(ferry.stats().tables_moved, tables, 'a page table has moved without a reader');
        const [added] = await crew.stop();
        await ferry.close();
        assert.equal(countersAdded(memory), added);
      },
    );
  }
}

for (const who of ['another thread', "the ferry's owner"] as const) {
  test(
    `the event reader ends, and ${who} gives pages back after it: zeros, and all go on`,
    LIMIT,
    async () => {
      const memory = new SharedArrayBuffer(16 * MIB);
      fillCounters(memory);
      const wrapMachine = failingTables({ call: 'remap', when: 'after', nth: 8, how: 'reader' });
      const ferry = await openFerryWith({ batchBytes: 2 * 2 ** 20, audit: true }, { wrapMachine });
      await ferry.parameters.set('module/pageferry/parameters/page_tables', 'always');
      const region = ferry.adopt(memory);
      assertAllMoved(region, await region.migrate({ to: 1 }));
      assertAllMoved(region, await region.migrate({ to: 0 }));
      const thread = await CallingThread.start();
      const at = libc().addressOf(new Uint8Array(memory, 0, 1));
      const first = Math.ceil(at / PAGE) * PAGE + 5 * MIB;
      await ferry.registerMigrator({ name: 'error', inner: { name: 'mtcopy' }, delay: 1, delayMs: 20 });
      const { batches } = ferry.stats();
      const moving = region.migrate({ to: 1 });
      await nextBatch(ferry, batches);
      for (let page = 0; page < 40; page += 2) {
        const args = [first + page * PAGE, PAGE, MADV_DONTNEED] as const;
        // The owner itself sleeps here, so that only the migration thread is left to read what it waits for.
        if (who === 'another thread') assert.equal(await thread.call('madvise', ...args), 0);
        else assert.equal(libc().madvise(...args), 0);
      }
      const { failures } = await moving;
      assert.deepEqual(failures, []);
      const words = new Int32Array(memory);
      for (let page = 0; page < 41; page++) {
        const from = (first - at + page * PAGE) / 4;
        const some = words.subarray(from, from + PAGE / 4);
        if (page < 40 && page % 2 === 0)
          assert.ok(
            some.every((word) => word === 0),
            `page ${page}`,
          );
        else
          assert.ok(
            some.every((word) => word !== 0),
            `page ${page}`,
          );
      }
      await thread.end();
      await ferry.close();
    },
  );
}
