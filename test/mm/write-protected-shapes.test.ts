import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import type { FakeMachineOptions } from '../machine/fake-machine.js';
import type { Folio } from '../machine/hand-migration.js';
import { RunFakeMachine } from '../machine/run-fake-machine.js';
import { checkFolios, checkStats, FIRST, migrate, PAGES, row, SOURCE, TARGET } from './scenario.js';

/** A machine that does runs at a stroke, and how many base pages were out at once at most. */
function runs(options: FakeMachineOptions = {}): { readonly fake: RunFakeMachine; max(): number } {
  let out = 0;
  let max = 0;
  const fake = new RunFakeMachine({
    capacity: [2048, 2048],
    pageBytes: 64,
    ...options,
    onUnmap: (page, attempt, order) => {
      out += 1 << order;
      max = Math.max(max, out);
      return options.onUnmap?.(page, attempt, order) ?? 0;
    },
    onMap: (page, attempt, order) => {
      out -= 1 << order;
      return options.onMap?.(page, attempt, order) ?? 0;
    },
  });
  fake.memory.populate(FIRST, PAGES, SOURCE);
  return { fake, max: () => max };
}

/** Four folios of eight pages, as a run of order 1 has; the first is of order 1, too. */
const mixed = (first: number): Folio[] => [
  [first, 1],
  [first + 2, 0],
  [first + 3, 0],
  [first + 4, 2],
];
const scattered = (first: number): Folio[] => Array.from({ length: 4 }, (_, i): Folio => [first + 6 * i, 1]);

for (const [name, folios] of [
  ['a run and then a mixed batch', [...row(4, 1), ...mixed(FIRST + 16)]],
  ['a mixed batch and then a run', [...mixed(FIRST), ...row(4, 1, FIRST + 16)]],
  ['a run and then scattered folios', [...row(4, 1), ...scattered(FIRST + 16)]],
] as const) {
  test(`${name} of as many folios and pages: each is cut into pieces of its own`, () => {
    const { fake, max } = runs();
    const { result, stats } = migrate(fake, folios, { batchPages: 8, writeProtected: { pages: 4 } });
    assert.equal(result, 0);
    checkFolios(fake, folios, TARGET);
    assert.equal(max(), 4);
    checkStats(stats, { batches: 2, write_protected_folios: 8 });
  });
}

for (const step of ['onUnmap', 'onMap'] as const) {
  test(`a batch of which a folio fails in ${step}, after one of the same shape that moved at a stroke`, () => {
    const failing = FIRST + 8 + 5;
    const { fake } = runs({ [step]: (page: number) => (page === failing ? ERRNO.EIO : 0) });
    const { failures, stats } = migrate(fake, row(24), { batchPages: 8, writeProtected: { pages: 4 } });
    assert.deepEqual(failures, [{ page: failing, pages: 1, errno: ERRNO.EIO }]);
    for (const [page] of row(24)) checkFolios(fake, [[page, 0]], page === failing ? SOURCE : TARGET);
    checkStats(stats, { folios_moved: 23, folios_failed: 1, batches: 3 });
  });
}

test('a batch that moves at a stroke, after one of the same shape of which nothing did', () => {
  const { fake } = runs({ onUnmap: (page) => (page < FIRST + 8 ? ERRNO.EIO : 0) });
  const { failures, stats } = migrate(fake, row(16), { batchPages: 8, writeProtected: { pages: 4 } });
  assert.equal(failures.length, 8);
  checkFolios(fake, row(8), SOURCE);
  checkFolios(fake, row(8, 0, FIRST + 8), TARGET);
  checkStats(stats, { folios_moved: 8, folios_failed: 8 });
});
