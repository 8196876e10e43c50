import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mappedRanges } from '../../src/linux/sys/proc-maps.js';
import { markedRanges } from '../../src/linux/sys/smaps.js';
import { amount } from '../deep.js';
import { LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { Ksm } from './support/ksm.js';
import { PageTables } from './support/pages.js';
import { advise, call } from './support/system-calls.js';
import { PAGE_TABLES } from './support/tables.js';

const MADV_MERGEABLE = 12;
const PR_SET_MEMORY_MERGE = 67;
const BYTES = 16 * MIB;
const WORD = 0x07070707;
const ROUNDS = amount(2, 4);

const WAYS = ['MADV_MERGEABLE', 'PR_SET_MEMORY_MERGE'] as const;

// One by one: whole page tables move merged pages without looking at them (page-tables-hostile).
for (const way of WAYS) {
  for (const folioSize of [PAGE, 65536]) {
    test(`pages that ksmd merges all the time move, by ${way}, folios of ${folioSize}`, LIMIT, async (t) => {
      const ksm = await Ksm.start();
      if (typeof ksm === 'string') {
        t.skip(ksm);
        return;
      }
      try {
        if (way === 'PR_SET_MEMORY_MERGE') call('prctl', PR_SET_MEMORY_MERGE, 1);
        await withFerry({}, async (ferry) => {
          await ferry.parameters.set(PAGE_TABLES, 'never');
          const buffer = new SharedArrayBuffer(BYTES);
          const words = new Int32Array(buffer).fill(WORD);
          const tables = new PageTables();
          const start = Math.ceil(tables.addressOf(buffer) / PAGE) * PAGE;
          const bytes = BYTES - 2 * PAGE;
          if (way === 'MADV_MERGEABLE') advise(start, bytes, MADV_MERGEABLE);
          const region = ferry.adopt(buffer, { folioSize });
          const before = mappedRanges(start, start + bytes).length;
          for (let round = 0; round < ROUNDS; round++) {
            if ((await Ksm.merged(bytes / PAGE / 2)) < bytes / PAGE / 4) {
              t.skip('the kernel has merged next to nothing in 10 s');
              return;
            }
            const copyMode = round % 2 === 0 ? 'exclusive' : 'write-protected';
            const result = await region.migrate({ to: 1 - (round % 2), copyMode });
            assert.deepEqual(result.failures, []);
            assert.equal(result.foliosOnTarget, 0);
            assert.equal(result.bytesMoved, region.migratableBytes);
            assert.ok(words.every((word) => word === WORD));
            // It may be merged again.
            const marked = markedRanges('mg', start, start + bytes);
            assert.equal(
              marked.reduce((sum, [, part]) => sum + part, 0),
              bytes,
            );
          }
          assert.equal(mappedRanges(start, start + bytes).length, before);
          tables.close();
        });
      } finally {
        if (way === 'PR_SET_MEMORY_MERGE') call('prctl', PR_SET_MEMORY_MERGE, 0);
        await ksm.end();
      }
    });
  }
}
