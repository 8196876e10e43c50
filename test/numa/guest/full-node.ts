import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Region } from '../../../src/index.js';
import { bindToNode } from '../../../src/linux/sys/mempolicy.js';
import {
  advise,
  MADV_HUGEPAGE,
  MADV_POPULATE_WRITE,
  type Mapping,
  reserve,
} from '../../../src/linux/sys/mman.js';
import { availableBytes } from '../../../src/linux/sys/topology.js';
import { assertContent, fill } from '../../ferry/support/content.js';
import { assertAllMoved, HUGE, MIB, PAGE, tally, withFerry } from '../../ferry/support/fixture.js';
import { assertAllOn, bytesInCpuLists, kernelStatus, touchedOn } from '../support/kernel.js';

/** The engine stops fetching pages there: docs/reliability.md. */
const RESERVE = 96 * MIB;

/** What may wait unseen in the lists of the CPUs: the boot script keeps each of them short. */
const UNSEEN = 6 * MIB;

/** Takes pages of a node until at most `left` bytes are available there, and no more than UNSEEN besides. */
function occupy(node: number, left: number): () => void {
  const taken: Mapping[] = [];
  // What others give back meanwhile is taken as well.
  for (let bytes = excess(node, left); bytes > 0; bytes = excess(node, left)) {
    const mapping = reserve(bytes);
    taken.push(mapping);
    assert.equal(bindToNode(mapping.address, bytes, node), 0);
    advise(mapping.address, bytes, MADV_HUGEPAGE);
    assert.equal(advise(mapping.address, bytes, MADV_POPULATE_WRITE), 0);
  }
  const unseen = bytesInCpuLists(node);
  assert.ok(unseen <= UNSEEN, `${unseen} free bytes of node ${node} are in lists of the CPUs`);
  return () => {
    for (const mapping of taken) mapping.unmap();
  };
}

function excess(node: number, left: number): number {
  return Math.max(0, Math.floor((availableBytes(node) - left) / HUGE) * HUGE);
}

for (const folioSize of [PAGE, HUGE]) {
  test(`a node that is full: ENOMEM, the rest stays, all moves once there is room, folios of ${folioSize}`, async () => {
    await withFerry({}, async (ferry) => {
      await ferry.registerMigrator({ name: 'dcbm', channels: 2 });
      const buffer = new SharedArrayBuffer(80 * MIB);
      const region = ferry.adopt(buffer, { folioSize });
      touchedOn(buffer, 0, () => fill(buffer));
      const giveBack = occupy(1, RESERVE + 12 * MIB);
      // Nothing is in reserve, and the kernel can give less than what has to move: the engine looks every 32 MiB.
      assert.equal(ferry.nodes[1]!.bytesPooled, 0);
      try {
        const result = await region.migrate({ to: 1 });
        assert.equal(result.code, 'ENOMEM');
        const stayed = result.failures.reduce((sum, { length }) => sum + length, 0);
        assert.equal(result.bytesMoved + stayed, region.migratableBytes);
        assert.ok(stayed > 0);
        const pages = tally(kernelStatus(region));
        assert.deepEqual(
          [pages[0], pages[1] ?? 0],
          [stayed / PAGE, result.bytesMoved / PAGE],
          'and no page came from another node',
        );
        assertContent(buffer);
      } finally {
        giveBack();
      }
      const rest = await region.migrate({ to: 1 });
      assert.deepEqual([rest.code, rest.failures], [null, []]);
      assertAllOn(region, 1);
      assertAllMoved(region, await region.migrate({ to: 0 }));
      assertAllOn(region, 0);
      assertContent(buffer);
    });
  });
}

test('capacityBytes holds on real nodes, too', async () => {
  const nodes = [
    { id: 0, numaNode: 0 },
    { id: 7, numaNode: 1, capacityBytes: 4 * MIB },
  ];
  await withFerry({ nodes }, async (ferry) => {
    const buffer = new SharedArrayBuffer(8 * MIB);
    const region = ferry.adopt(buffer);
    touchedOn(buffer, 0, () => fill(buffer));
    const result = await region.migrate({ to: 7 });
    assert.equal(result.code, 'ENOMEM');
    assert.equal(tally(kernelStatus(region))[1], (4 * MIB) / PAGE);
    assertContent(buffer);
  });
});

test('pages that wait in the shadows of one region serve another when the node is full', async () => {
  await withFerry({ audit: true }, async (ferry) => {
    const [first, second] = [new SharedArrayBuffer(40 * MIB), new SharedArrayBuffer(40 * MIB)];
    const regions = [first, second].map((buffer) => ferry.adopt(buffer)) as [
      Region<SharedArrayBuffer>,
      Region<SharedArrayBuffer>,
    ];
    for (const buffer of [first, second]) touchedOn(buffer, 0, () => fill(buffer));
    assertAllMoved(regions[0], await regions[0].migrate({ to: 1 }));
    assertAllMoved(regions[0], await regions[0].migrate({ to: 0 }));
    const prefilled = ferry.nodes[1]!.bytesPooled;
    assert.ok(prefilled >= 36 * MIB, `${prefilled} bytes are free`);
    // Less than the reserve is left, so what the second region gets is what the first has left behind.
    const giveBack = occupy(1, RESERVE);
    try {
      const result = await regions[1].migrate({ to: 1 });
      const pages = tally(kernelStatus(regions[1]));
      assert.ok(result.bytesMoved >= 32 * MIB, `${result.bytesMoved} bytes moved, ${prefilled} were free`);
      assert.equal((pages[1] ?? 0) * PAGE, result.bytesMoved, 'and no page came from another node');
      assert.ok(ferry.stats().tables_moved > 0);
    } finally {
      giveBack();
    }
    assert.deepEqual((await regions[1].migrate({ to: 1 })).failures, []);
    assertAllOn(regions[1], 1);
    for (const buffer of [first, second]) assertContent(buffer);
  });
});
