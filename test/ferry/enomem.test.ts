import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { fullTarget, NODES } from './support/enomem-scenes.js';
import { assertAllMoved, LIMIT, MIB, PAGE, tally, withFerry } from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';

fullTarget(FOLIO_SIZES.slice(0, 1));

test(
  'one region in the way of another: what does not fit stays, and fits when the other has left',
  LIMIT,
  async () => {
    await withFerry({ nodes: NODES }, async (ferry) => {
      const [first, second] = [0, 1].map((seed) => {
        const buffer = new SharedArrayBuffer(4 * MIB);
        fill(buffer, seed);
        return { buffer, region: ferry.adopt(buffer) };
      });
      assertAllMoved(first!.region, await first!.region.migrate({ to: 1 }));
      assert.equal((await second!.region.migrate({ to: 1 })).code, 'ENOMEM');
      assertAllMoved(first!.region, await first!.region.migrate({ to: 0 }));
      const rest = await second!.region.migrate({ to: 1 });
      assert.equal(rest.code, null, `${JSON.stringify(rest)}, ${JSON.stringify(ferry.nodes)}`);
      assert.equal((rest.foliosMoved + rest.foliosOnTarget) * PAGE, second!.region.migratableBytes);
      assertContent(first!.buffer, 0);
      assertContent(second!.buffer, 1);
    });
  },
);

test('movePages gives -ENOMEM for what found no room', LIMIT, async () => {
  const nodes = [NODES[0]!, { ...NODES[1]!, capacityBytes: 8 * PAGE }];
  await withFerry({ nodes }, async (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    const offsets = Array.from({ length: 32 }, (_, i) => (i + 1) * PAGE);
    const status = await region.movePages(
      offsets,
      offsets.map(() => 1),
    );
    const counts = tally(status);
    assert.equal(counts['1'], 8);
    assert.equal(counts['-12'], 24);
    assertContent(buffer);
  });
});
