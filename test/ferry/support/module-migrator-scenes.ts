import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../../src/common/errno.js';
import type { StartedCopy } from '../../../src/offload/migrator.js';
import { copyList } from './copy-list.js';
import { loadFixture } from './module-fixture.js';

export const COPIES_AND_MARKS_CASES = ['good', 'async', 'replaces-globals'];

export function copiesAndMarks(cases: readonly (typeof COPIES_AND_MARKS_CASES)[number][]): void {
  for (const name of cases) {
    test(`a module's migrator copies and marks every folio (${name})`, async (t) => {
      const { migrator, frames } = await loadFixture(t, name);
      for (let round = 0; round < 3; round++) {
        frames.refill();
        const list = copyList([100, 10, 0], [104, 12, 2], [130, 20 + round, 0]);
        assert.equal(migrator.offloadCopy(list), 0);
        assert.deepEqual([...list.copied], [1, 1, 1]);
        assert.deepEqual(frames.contents(100, 8), [10, 101, 102, 103, 12, 13, 14, 15]);
        assert.deepEqual(frames.contents(130, 1), [20 + round]);
        assert.deepEqual([...list.quarantined], [0, 0, 0]);
      }
    });
  }
}

export const SEVERAL_BATCHES_CASES = ['good', 'async'];

export function severalBatches(cases: readonly (typeof SEVERAL_BATCHES_CASES)[number][]): void {
  for (const name of cases) {
    test(`several batches are under way at once, as many as there are slots (${name})`, async (t) => {
      const { migrator, frames } = await loadFixture(t, name, undefined, { slots: 3 });
      for (let round = 0; round < 3; round++) {
        frames.refill();
        const lists = [10, 11, 12].map((src) => copyList([src + 100, src, 0], [src + 120, src, 0]));
        const started = lists.map((list) => migrator.startCopy(list));
        assert.equal(migrator.startCopy(copyList([200, 1, 0])), -ERRNO.EBUSY);
        for (const [i, each] of started.entries()) {
          assert.equal((each as StartedCopy).finish(), 0);
          assert.deepEqual([...lists[i]!.copied], [1, 1]);
        }
        assert.deepEqual(frames.contents(110, 3), [10, 11, 12]);
        assert.deepEqual(frames.contents(130, 3), [10, 11, 12]);
      }
    });
  }
}
