import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Coverage } from '../../src/migrators/coverage.js';
import { copyList, type FolioTriple } from '../ferry/support/copy-list.js';

const PAGE = 16;
const listOf = (orders: readonly number[]) => copyList(...orders.map((order): FolioTriple => [0, 0, order]));

function marked(coverage: Coverage, folios: number): number[] {
  const marks = new Uint8Array(folios);
  assert.equal(
    coverage.mark(marks),
    marks.reduce((sum, mark) => sum + mark, 0),
  );
  return [...marks];
}

test('a folio is whole once nothing of it is missing', () => {
  const coverage = new Coverage(PAGE);
  coverage.reset(listOf([0, 1, 0]));
  assert.deepEqual(marked(coverage, 3), [0, 0, 0]);
  coverage.add(PAGE - 1, PAGE + 1);
  assert.deepEqual(marked(coverage, 3), [0, 0, 0]);
  coverage.add(2 * PAGE, PAGE);
  assert.deepEqual(marked(coverage, 3), [0, 1, 0]);
  coverage.add(0, PAGE - 1);
  assert.deepEqual(marked(coverage, 3), [1, 1, 0]);
  coverage.add(3 * PAGE, PAGE);
  assert.deepEqual(marked(coverage, 3), [1, 1, 1]);
});

test('a range touches the folios that it has a byte of', () => {
  const coverage = new Coverage(PAGE);
  coverage.reset(listOf([0, 1, 0]));
  const touched = (offset: number, bytes: number): number[] => {
    const marks = new Uint8Array(3);
    coverage.touch(offset, bytes, marks);
    return [...marks];
  };
  assert.deepEqual(touched(0, PAGE), [1, 0, 0]);
  assert.deepEqual(touched(PAGE - 1, 2), [1, 1, 0]);
  assert.deepEqual(touched(PAGE, 2 * PAGE), [0, 1, 0]);
  assert.deepEqual(touched(0, 4 * PAGE), [1, 1, 1]);
  assert.deepEqual(touched(3 * PAGE, 1), [0, 0, 1]);
  assert.deepEqual(touched(PAGE, 0), [0, 0, 0]);
});

test('marks that are set stay set', () => {
  const coverage = new Coverage(PAGE);
  coverage.reset(listOf([0, 0]));
  const marks = Uint8Array.of(1, 0);
  assert.equal(coverage.mark(marks), 0);
  assert.deepEqual([...marks], [1, 0]);
});

test('a shorter list knows nothing of the longer one before, nor an empty one', () => {
  const coverage = new Coverage(PAGE);
  coverage.reset(listOf([0, 0, 0, 0]));
  coverage.add(0, 4 * PAGE);
  coverage.reset(listOf([1]));
  coverage.add(0, PAGE);
  assert.deepEqual(marked(coverage, 4), [0, 0, 0, 0]);
  coverage.add(PAGE, PAGE);
  assert.deepEqual(marked(coverage, 4), [1, 0, 0, 0]);
  coverage.reset(listOf([]));
  coverage.add(0, 5);
  assert.deepEqual(marked(coverage, 4), [0, 0, 0, 0]);
});

test('over random lists, cut anywhere and told of in any order, it says what a map of every byte says', () => {
  const coverage = new Coverage(PAGE);
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 20 }),
      fc.array(
        fc.record({
          bytes: fc.integer({ min: 1, max: 6 * PAGE }),
          key: fc.nat(),
          fate: fc.constantFrom('placed', 'placed', 'open', 'failed'),
        }),
        { minLength: 1, maxLength: 60 },
      ),
      (orders, cuts) => {
        const list = listOf(orders);
        const total = orders.reduce((sum, order) => sum + PAGE * 2 ** order, 0);
        const placed = new Uint8Array(total);
        const open = new Uint8Array(total);
        let next = 0;
        const parts = cuts.flatMap((cut) => {
          const offset = next;
          next = Math.min(total, next + cut.bytes);
          return next > offset ? [{ ...cut, offset, bytes: next - offset }] : [];
        });
        parts.push({ offset: next, bytes: total - next, key: 0, fate: 'placed' });
        parts.sort((a, b) => a.key - b.key);
        coverage.reset(list);
        for (const { offset, bytes, fate } of parts) {
          if (fate === 'placed') {
            coverage.add(offset, bytes);
            placed.fill(1, offset, offset + bytes);
          } else if (fate === 'open') {
            coverage.touch(offset, bytes, list.quarantined);
            open.fill(1, offset, offset + bytes);
          }
        }
        let at = 0;
        const expected = orders.map((order) => {
          const [from, to] = [at, at + PAGE * 2 ** order];
          at = to;
          const whole = placed.subarray(from, to).every((byte) => byte === 1);
          return [whole ? 1 : 0, open.subarray(from, to).includes(1) ? 1 : 0];
        });
        assert.deepEqual(
          marked(coverage, orders.length),
          expected.map(([whole]) => whole),
        );
        assert.deepEqual(
          [...list.quarantined],
          expected.map(([, quarantined]) => quarantined),
        );
      },
    ),
    { numRuns: 300 },
  );
});
