import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFerry } from '../../src/index.js';
import { bindToNode } from '../../src/linux/sys/mempolicy.js';
import { assertContent, fill } from './support/content.js';
import { HUGE, LIMIT, MIB, PAGE } from './support/fixture.js';
import { nameMemory, partsOf, policyAt } from './support/mappings.js';
import { PageTables } from './support/pages.js';
import { advise, MADV_HUGEPAGE, MADV_NOHUGEPAGE } from './support/system-calls.js';
import { COPY_MODES } from './support/tables.js';

// include/uapi/asm-generic/mman-common.h
const MADV_DONTDUMP = 16;
const BYTES = 32 * MIB;
const MIGRATIONS = 60;

/** A buffer whose parts differ in flags, policy and name, at and off the ends of page tables. */
function mixedMemory(address: number): void {
  const table = (index: number): number => Math.ceil(address / HUGE) * HUGE + index * HUGE;
  advise(table(1), HUGE, MADV_HUGEPAGE);
  advise(table(3) + 5 * PAGE, 2 * HUGE, MADV_DONTDUMP);
  advise(table(6), HUGE + 7 * PAGE, MADV_NOHUGEPAGE);
  assert.equal(bindToNode(table(8), HUGE, 0), 0);
  assert.equal(bindToNode(table(10) + 9 * PAGE, 11 * PAGE, 0), 0);
  nameMemory(table(12), HUGE, 'a name');
}

/** What must be the same before and after. */
function kept(address: number): unknown {
  const policies = [];
  for (let page = address; page < address + BYTES; page += 64 * PAGE) policies.push(policyAt(page));
  return { parts: partsOf(address, BYTES), policies };
}

for (const copyMode of COPY_MODES) {
  for (const end of ['release', 'close'] as const) {
    test(`after ${end} memory is what it was: flags, policy, names, ${copyMode}`, LIMIT, async () => {
      const tables = new PageTables();
      const buffer = new SharedArrayBuffer(BYTES + PAGE);
      const address = Math.ceil(tables.addressOf(buffer) / PAGE) * PAGE;
      mixedMemory(address);
      fill(buffer);
      const before = kept(address);
      const ferry = await openFerry();
      try {
        const region = ferry.adopt(buffer);
        for (let i = 0; i < MIGRATIONS; i++) {
          // In pieces that begin and end anywhere, the last two whole.
          const offset = i < MIGRATIONS - 2 ? ((i * 7919) % 6000) * PAGE : 0;
          const length = i < MIGRATIONS - 2 ? (1 + ((i * 104729) % 2000)) * PAGE : region.bytes;
          const result = await region.migrate({ to: i % 2, offset, length, copyMode });
          assert.equal(result.foliosFailed, 0);
        }
        assert.ok(ferry.stats().tables_moved > 0);
        if (end === 'release') {
          await region.release();
          assert.deepEqual(kept(address), before);
        }
      } finally {
        await ferry.close();
      }
      assert.deepEqual(kept(address), before);
      assertContent(buffer);
      tables.close();
    });
  }
}

test('folios of 2M leave MADV_HUGEPAGE behind, and nothing else', LIMIT, async () => {
  const tables = new PageTables();
  const buffer = new SharedArrayBuffer(8 * MIB);
  const address = Math.ceil(tables.addressOf(buffer) / PAGE) * PAGE;
  const bytes = 8 * MIB - PAGE;
  fill(buffer);
  const flags = (): string[][] => partsOf(address, bytes).map((part) => part.flags.split(' '));
  assert.equal(flags().length, 1);
  const [before] = flags();
  const ferry = await openFerry();
  const region = ferry.adopt(buffer, { folioSize: HUGE });
  await region.migrate({ to: 1 });
  await ferry.close();
  for (const after of flags())
    assert.deepEqual(
      after.filter((flag) => flag !== 'hg'),
      before!.filter((flag) => flag !== 'hg'),
    );
  assertContent(buffer);
  tables.close();
});

test('memory that allocate made has the default policy after release', LIMIT, async () => {
  const tables = new PageTables();
  const ferry = await openFerry();
  const region = ferry.allocate(4 * MIB);
  const address = Math.ceil(tables.addressOf(region.buffer) / PAGE) * PAGE;
  const MPOL_PREFERRED = 1;
  assert.equal(policyAt(address)[0], MPOL_PREFERRED);
  await region.release();
  assert.deepEqual(policyAt(address), [0, 0]);
  await ferry.close();
  tables.close();
});
