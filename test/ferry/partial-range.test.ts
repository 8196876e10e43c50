import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { LIMIT, MIB, PAGE, pageOffsets, withFerry } from './support/fixture.js';

const CASES: readonly { what: string; from: number; bytes: number; pages: readonly number[] }[] = [
  { what: 'one byte moves its page', from: 5 * PAGE + 17, bytes: 1, pages: [5] },
  { what: 'a whole page moves itself', from: 7 * PAGE, bytes: PAGE, pages: [7] },
  { what: 'two bytes across a border move two pages', from: 9 * PAGE - 1, bytes: 2, pages: [8, 9] },
  { what: 'no byte moves nothing', from: 11 * PAGE, bytes: 0, pages: [] },
  { what: 'a page and a byte move two pages', from: 20 * PAGE, bytes: PAGE + 1, pages: [20, 21] },
];

test('offset and length move just the pages that they touch', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    const offsets = pageOffsets(region);
    const first = offsets[0]!;
    const moved = async (): Promise<number[]> =>
      [...(await region.movePages(offsets, null))].flatMap((node, i) => (node === 1 ? [i] : []));
    for (const { what, from, bytes, pages } of CASES) {
      const result = await region.migrate({ to: 1, offset: first + from, length: bytes });
      assert.equal(result.foliosMoved, pages.length, what);
      assert.deepEqual(await moved(), pages, what);
      await region.migrate({ to: 0 });
    }

    const head = await region.migrate({ to: 1, offset: 0, length: first });
    assert.equal(head.foliosMoved, 0, 'the head is no page of the region');
    const withHead = await region.migrate({ to: 1, offset: 0, length: first + 1 });
    assert.equal(withHead.foliosMoved, 1);
    const tail = await region.migrate({ to: 1, offset: offsets.at(-1)! + PAGE - 1 });
    assert.equal(tail.foliosMoved, 1, 'the length reaches to the end');
    assert.deepEqual(await moved(), [0, offsets.length - 1]);
    const end = await region.migrate({ to: 1, offset: region.bytes });
    assert.equal(end.foliosMoved, 0);
    assertContent(buffer);
  });
});

test(
  'offsets and lengths need no alignment, sizes of memory are rounded to pages as documented',
  LIMIT,
  async () => {
    const nodes = [
      { id: 0, numaNode: 0 },
      { id: 1, numaNode: 0, capacityBytes: 8 * PAGE - 1 },
    ];
    await withFerry({ nodes, poolBytes: 3 }, async (ferry) => {
      const buffer = new SharedArrayBuffer(MIB);
      const region = ferry.adopt(buffer);
      fill(buffer);
      const few = await region.migrate({ to: 1, offset: 3, length: 3 * PAGE + 1 });
      // Byte 3 is in the page before the first whole one, so that two bytes and three pages are touched.
      assert.deepEqual([few.foliosMoved, few.code], [3, null]);
      const full = await region.migrate({ to: 1 });
      assert.deepEqual([full.foliosMoved, full.code], [4, 'ENOMEM']);
      assert.equal((await ferry.prefill({ node: 0, bytes: 1 })) % PAGE, 0);
      assertContent(buffer);
    });
  },
);
