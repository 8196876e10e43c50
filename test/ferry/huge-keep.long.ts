import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampled } from '../deep.js';
import { assertAllMoved, HUGE, LIMIT, PAGE } from './support/fixture.js';
import { withHugeBuffer } from './support/huge-buffer.js';

for (const copyMode of ['exclusive', 'write-protected'] as const) {
  for (const folioSize of sampled([PAGE, 65536, HUGE], 2)) {
    test(`keep: what is mapped by 2M arrives so, folios of ${folioSize}, ${copyMode}`, LIMIT, async (t) => {
      await withHugeBuffer(t, { folioSize, huge: true }, async ({ region, hugeBytes, chunks, crew }) => {
        for (const to of [1, 0, 1]) {
          const result = await region.migrate({ to, copyMode });
          assertAllMoved(region, result);
          assert.equal(result.hugeBytes, chunks * HUGE);
          assert.equal(hugeBytes(), chunks * HUGE);
          await crew.allGoOn();
        }
      });
    });
  }
}

test('keep: of small pages it makes no huge ones, folios of 4096', LIMIT, async (t) => {
  await withHugeBuffer(t, { folioSize: PAGE, huge: false }, async ({ region, hugeBytes }) => {
    const result = await region.migrate({ to: 1 });
    assertAllMoved(region, result);
    assert.deepEqual([result.hugeBytes, hugeBytes()], [0, 0]);
  });
});

test('keep: a part that cuts through a huge page moves as it is asked for', LIMIT, async (t) => {
  await withHugeBuffer(t, { folioSize: PAGE, huge: true }, async ({ region, first, chunks }) => {
    const result = await region.migrate({ to: 1, offset: first + HUGE / 2, length: 2 * HUGE });
    assert.deepEqual(result.failures, []);
    assert.equal(result.bytesMoved, 2 * HUGE);
    assert.equal(result.hugeBytes, HUGE);
    const all = await region.migrate({ to: 0 });
    assert.deepEqual(all.failures, []);
    assert.equal(all.hugeBytes, (chunks - 2) * HUGE);
  });
});
