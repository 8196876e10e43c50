import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { assertContent, countersAdded, fill, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import {
  assertAllMoved,
  LIMIT,
  MIB,
  nextBatch,
  PAGE,
  pageOffsets,
  tally,
  withFerry,
} from './support/fixture.js';
import { LivingChild } from './support/fork.js';
import { FOLIO_SIZES } from './support/live.js';
import { PageTables } from './support/pages.js';

const EACCES = -13;

/** Runs `use` beside a child that shares this process's memory copy-on-write. */
async function withChild(t: TestContext, use: (child: LivingChild) => Promise<void>): Promise<void> {
  const child = LivingChild.fork();
  if (typeof child === 'string') {
    t.skip(child);
    return;
  }
  try {
    await use(child);
  } finally {
    child.end();
  }
}

for (const folioSize of FOLIO_SIZES) {
  test(
    `pages shared with a child that lives on move, the child keeps what it had, folios of ${folioSize}`,
    LIMIT,
    async (t) => {
      const tables = new PageTables();
      await withFerry({}, async (ferry) => {
        const buffer = new SharedArrayBuffer(8 * MIB);
        fill(buffer);
        await withChild(t, async (child) => {
          const region = ferry.adopt(buffer, { folioSize });
          for (const to of [1, 0]) assertAllMoved(region, await region.migrate({ to }));
          assertContent(buffer);
          fill(buffer, 1);
          assertAllMoved(region, await region.migrate({ to: 1 }));
          assertContent(buffer, 1);
          const kept = new SharedArrayBuffer(8 * MIB);
          new Uint8Array(kept).set(child.peek(tables.addressOf(buffer), 8 * MIB));
          assertContent(kept);
        });
      });
      tables.close();
    },
  );
}

test(
  'movePages says -EACCES for pages that a living child maps too, and moves them with moveAll',
  LIMIT,
  async (t) => {
    await withFerry({}, async (ferry) => {
      const buffer = new SharedArrayBuffer(MIB);
      fill(buffer);
      await withChild(t, async () => {
        const region = ferry.adopt(buffer);
        const offsets = pageOffsets(region);
        const ones = offsets.map(() => 1);
        const refused = await region.movePages(offsets, ones);
        assert.deepEqual(tally(refused), { [EACCES]: offsets.length });
        assertContent(buffer);
        const status = await region.movePages(offsets, ones, { moveAll: true });
        assert.deepEqual(tally(status), { 1: offsets.length });
        assertContent(buffer);
      });
    });
  },
);

for (const [what, batchPages] of [
  ['page by page', 64],
  ['by page table', 4096],
] as const)
  test(
    `forks in mid-migration (${what}) inherit nothing that is adopted, and obstruct nothing`,
    LIMIT,
    async (t) => {
      const children: LivingChild[] = [];
      try {
        await withFerry({ batchBytes: 16 * 2 ** 20 }, async (ferry) => {
          const byTable = batchPages === 4096;
          if (byTable) await ferry.parameters.set('module/pageferry/parameters/page_tables', 'always');
          const buffer = new SharedArrayBuffer(16 * MIB);
          fillCounters(buffer);
          const region = ferry.adopt(buffer);
          const crew = await Crew.start(buffer, [{ kind: 'write' }, { kind: 'read' }]);
          try {
            for (let round = 1; round <= 6; round++) {
              const { batches } = ferry.stats();
              const moving = region.migrate({ to: round % 2, batchBytes: batchPages * PAGE });
              await nextBatch(ferry, batches);
              const child = LivingChild.fork();
              if (typeof child === 'string') t.skip(child);
              else children.push(child);
              assertAllMoved(region, await moving);
            }
            await crew.allGoOn();
            if (byTable) assert.ok(ferry.stats().tables_moved > 0);
          } finally {
            const [added] = await crew.stop();
            assert.equal(countersAdded(buffer), added);
          }
          const tables = new PageTables();
          const address = Math.ceil(tables.addressOf(buffer) / PAGE) * PAGE;
          tables.close();
          for (const child of children) assert.throws(() => child.peek(address, PAGE), /no memory there/);
        });
      } finally {
        for (const child of children) child.end();
      }
    },
  );
