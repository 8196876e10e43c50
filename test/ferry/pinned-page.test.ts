import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, PAGE } from './support/fixture.js';
import {
  EBUSY,
  STAYS_WHOLE_CASES,
  STAYS_WITH_BUSY_CASES,
  staysWhole,
  staysWithBusy,
  withPinned,
} from './support/pinned-page-scenes.js';

staysWithBusy(STAYS_WITH_BUSY_CASES.slice(0, 1));

staysWhole(STAYS_WHOLE_CASES.slice(0, 1));

test('movePages says -EBUSY for a pinned page', LIMIT, async (t) => {
  await withPinned(t, PAGE, async ({ region, pinned }) => {
    const offsets = [pinned - PAGE, pinned, pinned + PAGE];
    for (const moveAll of [false, true]) {
      const status = await region.movePages(offsets, [1, 1, 1], { moveAll });
      assert.deepEqual([...status], [1, EBUSY, 1]);
    }
  });
});
