import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PMD_SIZE } from '../../src/common/page.js';
import { countersAdded, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { assertAllMoved, LIMIT, MIB, refusal, withFerry } from './support/fixture.js';
import { tune } from './support/parameters.js';

for (const { batchBytes, ...inner } of [
  { name: 'dcbm', channels: 2, batchBytes: 1 * 2 ** 20 },
  { name: 'dcbm', channels: 2, batchBytes: 8 * 2 ** 20 },
  { name: 'mtcopy', threads: 3, batchBytes: 1 * 2 ** 20 },
  { name: 'mtcopy', threads: 3, batchBytes: 8 * 2 ** 20 },
] as const) {
  // Batches that are smaller than a page table go page by page, the others by page tables.
  const tables = batchBytes >= PMD_SIZE;
  test(
    `threads of ${inner.name} die in the middle of their copies, ${tables ? 'page tables' : 'pages'} out: nothing is lost, nobody waits`,
    LIMIT,
    async () => {
      await withFerry({ batchBytes }, async (ferry) => {
        // So that a channel which is not heard of any more is noticed as a hang here, and not in the end.
        // Page tables also when something of this process has a descriptor that might pin pages: nothing here does.
        await tune(ferry, { copy_timeout_ms: 600_000, max_failures: 1000, page_tables: 'always' });
        await ferry.registerMigrator({ name: 'error', inner, failThread: 5 });
        const memory = new SharedArrayBuffer(16 * MIB);
        fillCounters(memory);
        const region = ferry.adopt(memory);
        const crew = await Crew.start(memory, [{ kind: 'write' }, { kind: 'read' }]);
        // To die again and again, others must have taken their place each time.
        for (let to = 1, deaths = 0; deaths < 4; to = 1 - to) {
          const { fallbacks_failed: before } = ferry.stats();
          assertAllMoved(region, await region.migrate({ to }));
          if (ferry.stats().fallbacks_failed > before) deaths++;
        }
        await crew.allGoOn();
        const [added] = await crew.stop();
        assert.equal(countersAdded(memory), added);
        assert.equal(ferry.stats().fallbacks_timed_out, 0);
        assert.equal(ferry.stats().tables_moved > 0, tables);
      });
    },
  );
}

test('a migrator without threads of its own cannot have one die', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const option = { name: 'error', inner: { name: 'cpu' }, failThread: 5 } as const;
    await assert.rejects(ferry.registerMigrator(option), refusal('EINVAL', 'options.failThread'));
  });
});
