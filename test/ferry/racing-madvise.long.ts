import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amount } from '../deep.js';
import { countersAdded, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';

// include/uapi/asm-generic/mman-common.h
const MADV_COLD = 20;
const MADV_PAGEOUT = 21;

// What a reclaimer does to the pages makes the kernel's move start over inside, and then its answer lies.
for (const folioSize of FOLIO_SIZES) {
  test(
    `nothing is lost and nobody hangs while the pages are aged, folios of ${folioSize}`,
    LIMIT,
    async () => {
      await withFerry({}, async (ferry) => {
        await ferry.registerMigrator({ name: 'cpu' });
        const buffer = new SharedArrayBuffer(8 * MIB);
        const region = ferry.adopt(buffer, { folioSize });
        fillCounters(buffer);
        const crew = await Crew.start(buffer, [
          { kind: 'write' },
          { kind: 'write' },
          { kind: 'advise', advices: [MADV_COLD, MADV_PAGEOUT] },
        ]);
        let moved = 0;
        for (let round = 1; round <= amount(10, 40); round++) {
          const result = await region.migrate({ to: round % 2 });
          assert.ok(result.failures.every(({ code }) => code === 'EBUSY'));
          assert.equal(result.foliosAbsent, 0);
          moved += result.foliosMoved;
          if (round % 10 === 0) await crew.allGoOn();
        }
        assert.ok(moved > 0);
        const [first, second] = await crew.stop();
        assert.equal(countersAdded(buffer), first! + second!);
      });
    },
  );
}
