import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { LIMIT, MIB, until, withFerry } from './support/fixture.js';
import { PageTables } from './support/pages.js';

/** Milliseconds for which the copy of a batch is held up. */
const DELAY_MS = 3000;
/** Looks at a word each, all over the memory; they are told 500 at a time, as writes are. */
const READS = 5000;
const TOLD = 500;

for (const copyMode of ['exclusive', 'write-protected'] as const) {
  const goesOn = copyMode === 'write-protected';
  test(
    `${copyMode}: who reads a batch that is copied ${goesOn ? 'goes on' : 'waits'}, who writes to it waits`,
    LIMIT,
    async () => {
      const tables = new PageTables();
      await withFerry({ batchBytes: 16 * 2 ** 20 }, async (ferry) => {
        await ferry.registerMigrator({ name: 'error', inner: { name: 'cpu' }, delay: 1, delayMs: DELAY_MS });
        // Less than a page table: else whole tables would be batches of their own.
        const memory = new SharedArrayBuffer(1.5 * MIB);
        fillCounters(memory);
        const region = ferry.adopt(memory, { folioSize: 65536 });
        const crew = await Crew.start(memory, [{ kind: 'read' }, { kind: 'write' }]);
        let over = false;
        const moving = region.migrate({ to: 1, copyMode }).finally(() => {
          over = true;
        });
        try {
          // One batch holds all of it: it is out, or protected, at once.
          const held = () =>
            goesOn ? tables.protectedBytes(memory) > 0 : tables.occupied(region, memory) === 0;
          await until(() => over || held());
          assert.ok(!over, 'the copy is held up long enough to be looked at');
          const [reads, writes] = [crew.operations(0), crew.operations(1)];
          let [read, written] = [0, 0];
          await until(() => {
            const now = [crew.operations(0), crew.operations(1)] as const;
            // Looked at before and after: what was counted while they were out, or protected.
            if (!held()) return true;
            read = now[0] - reads;
            written = now[1] - writes;
            return read > READS;
          });
          // What was done when the pages were taken may not have been told yet.
          assert.ok(goesOn ? read > READS : read <= TOLD, `${read} reads`);
          assert.ok(written <= TOLD, `${written} writes`);
          await moving;
          await crew.allGoOn();
        } finally {
          await moving;
          await crew.stop();
        }
      });
      tables.close();
    },
  );
}
