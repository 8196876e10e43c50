import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, tally, whereAll, withFerry } from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';

test('migrations of one region are done one after the other, in the order asked for', LIMIT, async () => {
  await withFerry({ batchBytes: 64 * 4096 }, async (ferry) => {
    const buffer = new SharedArrayBuffer(8 * MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    const ended: number[] = [];
    const asked = [1, 0, 1].map((to, i) =>
      region.migrate({ to }).then((result) => {
        ended.push(i);
        return result;
      }),
    );
    const asking = region.movePages([4096], null);
    for (const migration of asked) assertAllMoved(region, await migration);
    assert.deepEqual(ended, [0, 1, 2]);
    assert.deepEqual([...(await asking)], [1]);
    assert.deepEqual(Object.keys(tally(await whereAll(region))), ['1']);
    assertContent(buffer);
  });
});

test(
  'several regions are migrated at once, to different nodes and of different folio sizes',
  LIMIT,
  async () => {
    await withFerry({ batchBytes: 32 * 4096 }, async (ferry) => {
      const regions = [...FOLIO_SIZES, ...FOLIO_SIZES].map((folioSize, seed) => {
        const buffer = new SharedArrayBuffer(8 * MIB);
        const region = ferry.adopt(buffer, { folioSize });
        fill(buffer, seed);
        return { buffer, region, seed };
      });
      for (const to of [1, 0]) {
        const results = await Promise.all(regions.map(({ region }) => region.migrate({ to })));
        for (const [i, { region }] of regions.entries()) assertAllMoved(region, results[i]!);
      }
      for (const { buffer, seed } of regions) assertContent(buffer, seed);
    });
  },
);
