import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScatterGatherTable } from '../../src/dmaengine/scatter-gather.js';
import { Iommu } from '../../src/sim/dma/iommu.js';

function mapped(
  iommu: Iommu,
  runs: readonly (readonly [frame: number, pages: number])[],
): ScatterGatherTable {
  const table = new ScatterGatherTable();
  for (const [frame, pages] of runs) table.addRun(frame, pages);
  assert.equal(iommu.map(table), 0);
  return table;
}

function bytesOf({ bytes, segments }: ScatterGatherTable): number[] {
  return [...bytes.subarray(0, segments)];
}

test('scattered pages become segments of the largest size', () => {
  const iommu = new Iommu(65_536);
  const table = mapped(
    iommu,
    Array.from({ length: 40 }, (_, i) => [i * 7, 1] as const),
  );
  assert.deepEqual(bytesOf(table), [65_536, 65_536, 8 * 4096]);
  for (let page = 0; page < 40; page++) {
    assert.equal(iommu.frameAt(table.address[0]! / 4096 + page), page * 7);
  }
});

test('a run that is longer than a segment may be stays whole, and nothing is added to it', () => {
  const table = mapped(new Iommu(65_536), [
    [0, 512],
    [1000, 1],
    [2000, 512],
    [3000, 15],
    [4000, 2],
  ]);
  assert.deepEqual(bytesOf(table), [2 ** 21, 4096, 2 ** 21, 15 * 4096, 2 * 4096]);
});

test('two tables never share an address', () => {
  const iommu = new Iommu(65_536);
  const first = mapped(iommu, [[5, 16]]);
  const second = mapped(iommu, [[5, 16]]);
  assert.ok(second.address[0]! >= first.address[0]! + first.bytes[0]!);
});

test('addresses may be had again, after very many', () => {
  const iommu = new Iommu(65_536);
  for (let round = 0; round < 300; round++) {
    const table = mapped(iommu, [[round * 10, 2 ** 16 - 1]]);
    const page = table.address[0]! / 4096;
    assert.equal(iommu.frameAt(page), round * 10);
    assert.equal(iommu.frameAt(page + 2 ** 16 - 2), round * 10 + 2 ** 16 - 2);
  }
});
