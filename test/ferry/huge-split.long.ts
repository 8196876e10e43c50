import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAllMoved, HUGE, LIMIT, PAGE } from './support/fixture.js';
import { withHugeBuffer } from './support/huge-buffer.js';

for (const copyMode of ['exclusive', 'write-protected'] as const) {
  for (const folioSize of [PAGE, HUGE]) {
    test(`split: nothing arrives on huge pages, folios of ${folioSize}, ${copyMode}`, LIMIT, async (t) => {
      await withHugeBuffer(t, { folioSize, huge: true }, async ({ region, hugeBytes, crew }) => {
        const result = await region.migrate({ to: 1, copyMode, hugePages: 'split' });
        assertAllMoved(region, result);
        assert.deepEqual([result.hugeBytes, hugeBytes()], [0, 0]);
        await crew.allGoOn();
      });
    });
  }
}

test('split on the node that it is on', LIMIT, async (t) => {
  await withHugeBuffer(t, { folioSize: PAGE, huge: true }, async ({ region, hugeBytes }) => {
    const result = await region.migrate({ to: 0, hugePages: 'split' });
    assert.deepEqual(result.failures, []);
    assert.equal(result.bytesMoved, 0, 'that takes no move');
    assert.deepEqual([result.hugeBytes, hugeBytes()], [0, 0]);
  });
});
