import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Ferry, Region } from '../../../src/index.js';
import { bindToNode, preferNode, resetPolicy } from '../../../src/linux/sys/mempolicy.js';
import { assertContent, countersAdded, fill, fillCounters } from '../../ferry/support/content.js';
import { Crew } from '../../ferry/support/crew.js';
import { assertAllMoved, HUGE, MIB, PAGE, pageOffsets, withFerry } from '../../ferry/support/fixture.js';
import { assertAllOn, kernelStatus, tables, touchedOn } from '../support/kernel.js';
import { poisonPage } from '../support/poison.js';
import { policyAt } from '../support/policy.js';

const MPOL_PREFERRED = 1;
const MPOL_BIND = 2;

/** Addresses of the whole page tables of a region over one buffer. */
function wholeTables(region: Region<SharedArrayBuffer>): number[] {
  const { offset, length } = region.migratable[0]!;
  const start = tables.addressOf(region.buffer) + offset;
  const found: number[] = [];
  for (let at = Math.ceil(start / HUGE) * HUGE; at + HUGE <= start + length; at += HUGE) found.push(at);
  return found;
}

/** What two counters of the ferry have grown by in a migration. */
async function counted(
  ferry: Ferry,
  migrate: () => Promise<unknown>,
): Promise<{ tables: number; pages: number }> {
  const before = ferry.stats();
  await migrate();
  const after = ferry.stats();
  return {
    tables: after.tables_moved - before.tables_moved,
    pages: after.pages_moved_singly - before.pages_moved_singly,
  };
}

/**
 * Huge pages that the kernel has made of small ones so far: by madvise(2), which the ferry may ask for, and by khugepaged, which
 * nobody can hold back for certain. What khugepaged was faster with leaves as a huge page, and not as a table.
 */
function collapses(): { madvise: number; khugepaged: number } {
  const all = Number(/^thp_collapse_alloc (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))![1]);
  const file = '/sys/kernel/mm/transparent_hugepage/khugepaged/pages_collapsed';
  const khugepaged = Number(readFileSync(file, 'utf8'));
  return { madvise: all - khugepaged, khugepaged };
}

for (const copyMode of ['exclusive', 'write-protected'] as const) {
  test(`whole tables move between the nodes under two writers, ${copyMode}`, async (t) => {
    await withFerry({ audit: true }, async (ferry) => {
      const buffer = new SharedArrayBuffer(12 * MIB);
      const region = ferry.adopt(buffer);
      touchedOn(buffer, 0, () => fillCounters(buffer));
      const crew = await Crew.start(buffer, [{ kind: 'write' }, { kind: 'write' }]);
      t.after(() => crew.stop());
      const whole = wholeTables(region).length;
      const around = region.migratableBytes / PAGE - whole * 512;
      for (const to of [1, 0, 1]) {
        const moved = await counted(ferry, async () =>
          assertAllMoved(region, await region.migrate({ to, copyMode })),
        );
        assert.deepEqual(moved, { tables: whole, pages: around });
        assertAllOn(region, to);
        await crew.allGoOn();
      }
      const made = (await crew.stop()).reduce((sum, additions) => sum + additions, 0);
      assert.ok(made > 0);
      assert.equal(countersAdded(buffer), made);
    });
  });

  for (const to of [1, 0]) {
    test(`promotion to node ${to}: tables leave, huge pages arrive as such, ${copyMode}`, async () => {
      await withFerry({ audit: true }, async (ferry) => {
        const buffer = new SharedArrayBuffer(16 * MIB);
        const region = ferry.adopt(buffer);
        touchedOn(buffer, 0, () => fill(buffer));
        assert.equal(tables.hugeBytes(buffer), 0);
        const whole = wholeTables(region).length;
        const before = collapses();
        const result = await region.migrate({ to, copyMode, hugePages: 'promote' });
        assert.deepEqual([result.failures, result.hugeBytes], [[], whole * HUGE]);
        const after = collapses();
        assert.equal(after.madvise, before.madvise, 'the ferry has had nothing collapsed');
        // This kernel keeps the table of an emptied range: a huge page could not have arrived where the table had stayed.
        assert.ok(after.khugepaged - before.khugepaged < whole, 'khugepaged was not faster everywhere');
        assert.equal(tables.hugeBytes(buffer), whole * HUGE);
        assertAllOn(region, to);
        assertContent(buffer);
      });
    });
  }
}

test('promoted, split on the way back, and promoted again', async () => {
  await withFerry({ audit: true }, async (ferry) => {
    const buffer = new SharedArrayBuffer(12 * MIB);
    const region = ferry.adopt(buffer);
    touchedOn(buffer, 0, () => fill(buffer));
    const whole = wholeTables(region).length;
    const before = collapses();
    for (const [to, hugePages] of [
      [1, 'promote'],
      [0, 'split'],
      [1, 'promote'],
    ] as const) {
      const result = await region.migrate({ to, hugePages });
      const huge = hugePages === 'promote' ? whole * HUGE : 0;
      assert.deepEqual([result.failures, result.hugeBytes], [[], huge], `${hugePages} to node ${to}`);
      assert.equal(tables.hugeBytes(buffer), huge);
      assertAllOn(region, to);
    }
    assert.equal(collapses().madvise, before.madvise, 'the ferry has had nothing collapsed');
    assertContent(buffer);
  });
});

test('a poisoned page keeps its own table from moving, and no other', async () => {
  await withFerry({ audit: true }, async (ferry) => {
    const buffer = new SharedArrayBuffer(12 * MIB);
    const region = ferry.adopt(buffer);
    touchedOn(buffer, 0, () => fill(buffer));
    const whole = wholeTables(region);
    const address = whole[1]! + 100 * PAGE;
    const bad = address - tables.addressOf(buffer);
    poisonPage(address);
    const moved = await counted(ferry, async () => {
      const { failures, bytesMoved } = await region.migrate({ to: 1 });
      assert.deepEqual(failures, [{ offset: bad, length: PAGE, code: 'EHWPOISON' }]);
      assert.equal(bytesMoved, region.migratableBytes - PAGE);
    });
    // Its neighbours leave one by one, and arrive so.
    assert.ok(moved.tables >= whole.length - 1, `${moved.tables} tables moved`);
    assert.ok(moved.pages >= 511, `${moved.pages} pages moved singly`);
    const nodes = kernelStatus(region);
    for (const [index, offset] of pageOffsets(region).entries())
      if (offset !== bad) assert.equal(nodes[index], 1, `page at ${offset}`);
    assertContent(buffer, 0, 0, bad);
    assertContent(buffer, 0, bad + PAGE);
    await region.release();
  });
});

for (const [name, setPolicy, policy] of [
  ['bound to node 0', bindToNode, { mode: MPOL_BIND, nodes: 1 }],
  ['with node 0 preferred', preferNode, { mode: MPOL_PREFERRED, nodes: 1 }],
] as const) {
  test(`memory ${name} keeps its policy as its tables move, and when it is released`, async () => {
    await withFerry({ audit: true }, async (ferry) => {
      const buffer = new SharedArrayBuffer(12 * MIB);
      const start = Math.ceil(tables.addressOf(buffer) / PAGE) * PAGE;
      const bytes = buffer.byteLength - PAGE;
      assert.equal(setPolicy(start, bytes, 0), 0);
      fill(buffer);
      const region = ferry.adopt(buffer);
      const whole = wholeTables(region);
      const assertPolicy = () => {
        for (let at = start; at < start + bytes; at += MIB) assert.deepEqual(policyAt(at), policy);
      };
      assertPolicy();
      for (const to of [1, 0, 1]) {
        const moved = await counted(ferry, async () => assertAllMoved(region, await region.migrate({ to })));
        assert.equal(moved.tables, whole.length);
        assertAllOn(region, to);
        assertPolicy();
      }
      await region.release();
      assertPolicy();
      assertContent(buffer);
      assert.equal(resetPolicy(start, bytes), 0);
    });
  });
}
