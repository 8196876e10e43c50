import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { LIMIT, MIB, pageOffsets, tally, whereAll, withFerry } from './support/fixture.js';

test("the folios at a region's edges are smaller", LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(6 * MIB);
    const region = ferry.adopt(buffer, { folioSize: 2 * MIB });
    fill(buffer);
    const offsets = pageOffsets(region);
    const edges = [offsets[0]!, offsets.at(-1)!];
    assert.deepEqual([...(await region.movePages(edges, [1, 1]))], [1, 1]);
    const nodes = await whereAll(region);
    assert.equal(nodes[0], 1);
    assert.equal(nodes.at(-1), 1);
    const moved = tally(nodes)[1]!;
    assert.ok(moved < offsets.length / 2, `${moved} pages have moved`);
    assert.deepEqual([...(await region.movePages(edges, [0, 0]))], [0, 0]);
    assert.deepEqual(Object.keys(tally(await whereAll(region))), ['0']);
    assertContent(buffer);
  });
});

test('a page that is asked for twice has one status, that of its last target', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    const [a, b] = pageOffsets(region).slice(10);
    assert.deepEqual([...(await region.movePages([a!, a!, b!, a!], [1, 1, 1, 1]))], [1, 1, 1, 1]);
    assert.deepEqual([...(await region.movePages([a!, b!, a!, a! + 8], [1, 0, 0, 0]))], [0, 0, 0, 0]);
    assert.deepEqual(await region.movePages([], []), new Int32Array(0));
    assert.deepEqual(await region.movePages([], null), new Int32Array(0));
    assertContent(buffer);
  });
});

test('moveAll moves what is not shared just the same', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    const offsets = pageOffsets(region);
    const status = await region.movePages(
      offsets,
      offsets.map(() => 1),
      { moveAll: true },
    );
    assert.deepEqual(tally(status), { 1: offsets.length });
    assertContent(buffer);
  });
});
