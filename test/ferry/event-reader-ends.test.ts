import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFerryWith } from '../../src/ferry/open-ferry.js';
import { sampled } from '../deep.js';
import { countersAdded, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { failingTables } from './support/failing-tables.js';
import { assertAllMoved, LIMIT, MIB } from './support/fixture.js';

for (const concurrency of ['exclusive', 'read-through'] as const) {
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
      `${concurrency}: the event reader ends ${when} mremap ${nth}: the ferry goes on, page by page`,
      LIMIT,
      async () => {
        const memory = new SharedArrayBuffer(16 * MIB);
        fillCounters(memory);
        const wrapMachine = failingTables({ call: 'remap', when, nth, how: 'reader' });
        const ferry = await openFerryWith({ maxBatchedMigration: 4096, audit: true }, { wrapMachine });
        await ferry.parameters.set('module/pageferry/parameters/page_tables', 'always');
        const region = ferry.adopt(memory);
        const crew = await Crew.start(memory, [{ kind: 'write' }, { kind: 'read' }]);
        for (const to of [1, 0, 1]) assertAllMoved(region, await region.migrate({ to, concurrency }));
        await crew.allGoOn();
        const tables = ferry.stats().tables_moved;
        assert.equal(tables > 0 || !moved, true, `${tables} page tables moved`);
        assertAllMoved(region, await region.migrate({ to: 0, concurrency }));
        assert.equal(ferry.stats().tables_moved, tables, 'a page table has moved without a reader');
        const [added] = await crew.stop();
        await ferry.close();
        assert.equal(countersAdded(memory), added);
      },
    );
  }
}
