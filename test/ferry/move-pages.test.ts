import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { LIMIT, MIB, PAGE, pageOffsets, tally, whereAll, withFerry } from './support/fixture.js';
import { PageTables } from './support/pages.js';
import { untouchedBuffer } from './support/untouched.js';

const ENOENT = -2;

const EFAULT = -14;

test('movePages moves each page to the node beside it and says where it is', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    const offsets = pageOffsets(region);
    const nodes = offsets.map((_, i) => (i % 3 === 0 ? 1 : 0));
    assert.deepEqual([...(await region.movePages(offsets, nodes))], nodes);
    assert.deepEqual(await whereAll(region), nodes);
    const swapped = nodes.map((node) => 1 - node);
    assert.deepEqual([...(await region.movePages(offsets, swapped))], swapped);
    assertContent(buffer);
  });
});

test(
  'lists may be typed arrays, in any order, and offsets may lie anywhere in their page',
  LIMIT,
  async () => {
    await withFerry({}, async (ferry) => {
      const buffer = new SharedArrayBuffer(MIB);
      const region = ferry.adopt(buffer);
      fill(buffer);
      const first = region.migratable[0]!.offset;
      const pages = [40, 3, 200, 4, 39, 0, 100];
      const offsets = Float64Array.from(pages, (page, i) => first + page * PAGE + i * 100);
      const status = await region.movePages(offsets, new Uint8Array(pages.length).fill(1));
      assert.ok(status instanceof Int32Array);
      assert.deepEqual(
        [...status],
        pages.map(() => 1),
      );
      assert.equal(tally(await whereAll(region))[1], pages.length);
      assertContent(buffer);
    });
  },
);

for (const folioSize of [PAGE, 65536]) {
  test(
    `a page that was never touched is -ENOENT, wherever it should go, folios of ${folioSize}`,
    LIMIT,
    async () => {
      const tables = new PageTables();
      await withFerry({}, async (ferry) => {
        const buffer = untouchedBuffer(40 * MIB);
        const region = ferry.adopt(buffer, { folioSize });
        const offsets = pageOffsets(region).slice(16, 80);
        const touched = offsets[20]!;
        fill(buffer, 0, touched, touched + PAGE);
        for (const node of [1, 0, 0, 1]) {
          const expected = offsets.map((offset) => (offset === touched ? node : ENOENT));
          const nodes = offsets.map(() => node);
          assert.deepEqual([...(await region.movePages(offsets, nodes))], expected, `to ${node}`);
          assert.deepEqual([...(await region.movePages(offsets, null))], expected, `after ${node}`);
        }
        assert.equal(tables.occupied(region, buffer), 1, 'asking and moving touch nothing');
        assertContent(buffer, 0, touched, touched + PAGE);
      });
      tables.close();
    },
  );
}

test('what is no migratable page of the region is -EFAULT', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(MIB + 100);
    const region = ferry.adopt(buffer);
    fill(buffer);
    const { offset, length } = region.migratable[0]!;
    const cases: readonly [number, number][] = [
      [0, EFAULT],
      [offset - 1, EFAULT],
      [offset, 1],
      [offset + length - 1, 1],
      [offset + length, EFAULT],
      [buffer.byteLength - 1, EFAULT],
      [buffer.byteLength, EFAULT],
      [2 ** 50, EFAULT],
    ];
    const offsets = cases.map(([at]) => at);
    const expected = cases.map(([, status]) => status);
    assert.deepEqual(
      [
        ...(await region.movePages(
          offsets,
          offsets.map(() => 1),
        )),
      ],
      expected,
    );
    assert.deepEqual([...(await region.movePages(offsets, null))], expected);
    assert.equal(tally(await whereAll(region))[1], 2);
    assertContent(buffer);
  });
});

test('a page takes its whole folio along, and nothing else', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const tables = new PageTables();
    const buffer = new SharedArrayBuffer(MIB);
    const address = tables.addressOf(buffer);
    tables.close();
    const region = ferry.adopt(buffer, { folioSize: 65536 });
    fill(buffer);
    const offsets = pageOffsets(region);
    // The first folio that lies wholly in the region.
    const aligned = offsets.findIndex((offset) => (address + offset) % 65536 === 0);
    const wanted = [aligned + 5, aligned + 6, aligned + 32].map((i) => offsets[i]!);
    assert.deepEqual([...(await region.movePages(wanted, [1, 1, 1]))], [1, 1, 1]);
    const nodes = await whereAll(region);
    const moved = nodes.flatMap((node, i) => (node === 1 ? [i - aligned] : []));
    assert.deepEqual(moved, [
      ...Array.from({ length: 16 }, (_, i) => i),
      ...Array.from({ length: 16 }, (_, i) => 32 + i),
    ]);
    assertContent(buffer);
  });
});

test('node ids are names, not indices', LIMIT, async () => {
  const nodes = [
    { id: 5, numaNode: 0 },
    { id: 9, numaNode: 0 },
  ];
  await withFerry({ nodes }, async (ferry) => {
    assert.deepEqual(ferry.nodeIds, [5, 9]);
    assert.deepEqual(
      ferry.nodes.map(({ id, numaNode, emulated }) => ({ id, numaNode, emulated })),
      [
        { id: 5, numaNode: 0, emulated: false },
        { id: 9, numaNode: 0, emulated: true },
      ],
    );
    const buffer = new SharedArrayBuffer(MIB);
    const region = ferry.adopt(buffer, { node: 9 });
    fill(buffer);
    const offsets = pageOffsets(region);
    assert.deepEqual(tally(await region.movePages(offsets, null)), { 9: offsets.length });
    assert.equal((await region.migrate({ to: 9 })).foliosOnTarget, offsets.length);
    assert.equal((await region.migrate({ to: 5, length: 64 * PAGE })).code, null);
    const status = await region.movePages(
      offsets,
      offsets.map((_, i) => (i % 2 === 0 ? 5 : 9)),
    );
    assert.deepEqual(
      [...status],
      offsets.map((_, i) => (i % 2 === 0 ? 5 : 9)),
    );
    assertContent(buffer);
  });
});
