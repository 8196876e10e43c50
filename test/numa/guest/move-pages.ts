import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Ferry, Region } from '../../../src/index.js';
import { MovePagesCall } from '../../../src/linux/sys/move-pages.js';
import { assertContent, fill } from '../../ferry/support/content.js';
import {
  assertAllMoved,
  HUGE,
  MIB,
  PAGE,
  pageOffsets,
  tally,
  whereAll,
  withFerry,
} from '../../ferry/support/fixture.js';
import { assertAllOn, kernelStatus, tables, touchedOn } from '../support/kernel.js';

function filled(
  ferry: Ferry,
  bytes = 8 * MIB,
  folioSize = PAGE,
): { buffer: SharedArrayBuffer; region: Region<SharedArrayBuffer> } {
  const buffer = new SharedArrayBuffer(bytes);
  const region = ferry.adopt(buffer, { folioSize });
  touchedOn(buffer, 0, () => fill(buffer));
  return { buffer, region };
}

/** Moves pages behind the ferry's back. */
function kernelMoves(region: Region<SharedArrayBuffer>, offsets: readonly number[], node: number): void {
  const start = tables.addressOf(region.buffer);
  const call = new MovePagesCall(offsets.map((offset) => start + offset));
  call.target(node);
  assert.equal(call.run(), 0);
  assert.deepEqual(tally(call.status), { [node]: offsets.length });
}

test('movePages puts each page where it was asked to, and says what the kernel says', async () => {
  await withFerry({}, async (ferry) => {
    await ferry.registerMigrator({ name: 'dcbm', channels: 2 });
    const { buffer, region } = filled(ferry);
    const offsets = pageOffsets(region);
    for (const nodes of [offsets.map((_, i) => (i % 3 === 0 ? 1 : 0)), offsets.map((_, i) => i & 1)]) {
      assert.deepEqual([...(await region.movePages(offsets, nodes))], nodes);
      assert.deepEqual(kernelStatus(region), nodes);
      assert.deepEqual(await whereAll(region), nodes);
    }
    assertContent(buffer);
  });
});

test('movePages takes the whole of a huge page along', async () => {
  await withFerry({}, async (ferry) => {
    const { buffer, region } = filled(ferry, 8 * MIB, HUGE);
    const huge = tables.hugeBytes(buffer);
    const first = (HUGE - (tables.addressOf(buffer) % HUGE)) % HUGE;
    assert.deepEqual([...(await region.movePages([first + 5 * PAGE], [1]))], [1]);
    assert.deepEqual(tally(kernelStatus(region)), { 0: region.migratableBytes / PAGE - 512, 1: 512 });
    assert.equal(tables.hugeBytes(buffer), huge);
    assertContent(buffer);
  });
});

test('what the kernel has moved meanwhile is found where it is, and moved', async () => {
  await withFerry({}, async (ferry) => {
    const { buffer, region } = filled(ferry);
    const offsets = pageOffsets(region);
    const strays = offsets.filter((_, i) => i % 7 === 0);
    kernelMoves(region, strays, 1);
    const expected = offsets.map((_, i) => (i % 7 === 0 ? 1 : 0));
    assert.deepEqual(await whereAll(region), expected);
    const there = await region.migrate({ to: 1 });
    assert.deepEqual(
      [there.foliosMoved, there.foliosOnTarget],
      [offsets.length - strays.length, strays.length],
    );
    assertAllOn(region, 1);
    kernelMoves(region, offsets, 0);
    const again = await region.migrate({ to: 1 });
    assert.equal(again.foliosMoved, offsets.length);
    assertAllOn(region, 1);
    assertContent(buffer);
  });
});

test('with NUMA balancing on, a migration still ends with every page where it was asked to be', async (t) => {
  const balancing = (on: boolean) => writeFileSync('/proc/sys/kernel/numa_balancing', on ? '1' : '0');
  balancing(true);
  t.after(() => balancing(false));
  await withFerry({}, async (ferry) => {
    const { buffer, region } = filled(ferry);
    for (let round = 0; round < 4; round++) {
      const to = 1 - (round % 2);
      const result = await region.migrate({ to });
      assert.deepEqual([result.failures, result.code], [[], null]);
      assert.equal(result.foliosMoved + result.foliosOnTarget, region.migratableBytes / PAGE);
      // Balancing may take some back at once: both must name the same nodes, or the pages are nowhere.
      for (const node of Object.keys(tally(kernelStatus(region)))) assert.ok(['0', '1'].includes(node), node);
      assertContent(buffer);
    }
    balancing(false);
    await region.migrate({ to: 1 });
    assertAllOn(region, 1);
    assertAllMoved(region, await region.migrate({ to: 0 }));
    assertAllOn(region, 0);
    assertContent(buffer);
  });
});
