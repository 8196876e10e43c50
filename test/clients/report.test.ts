import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerOf } from './answer.js';
import { judge, type Report } from './report.js';
import { nameOf, WAYS } from './ways.js';

const client = { threads: false, pageTables: true };
const still: Report = { answers: [answerOf('sum', [1, 2n, new Uint8Array(3)]), answerOf('look', 'all')] };
const ways = Object.fromEntries(WAYS.map((way) => [nameOf(way), { calls: 1, bytesMoved: 4096 }]));
const moved: Report = {
  answers: still.answers,
  moved: { migrations: 1, grown: 1, heapBytes: 65536, shared: false, failedFolios: {}, problems: [] },
  tablesMoved: 1,
  ways,
  usableWays: WAYS.length,
};

test('answers as undisturbed, while something was moved in every way: nothing is wrong', () => {
  assert.equal(WAYS.length, 12);
  assert.deepEqual(judge(client, still, moved), []);
});

test('each thing that is not as it should be is said', () => {
  const other = answerOf('sum', [1, 2n, new Uint8Array([0, 0, 1])]);
  const first = nameOf(WAYS[0]!);
  const { [first]: _, ...rest } = ways;
  const cases: readonly (readonly [Partial<Report>, RegExp])[] = [
    [{ answers: [other, still.answers[1]!] }, /^sum: another answer than undisturbed/],
    [{ answers: still.answers.slice(0, 1) }, /^1 answers, 2 undisturbed/],
    [{ answers: [...still.answers, other] }, /^3 answers, 2 undisturbed/],
    [{ ways: { ...ways, [first]: { calls: 3, bytesMoved: 0 } } }, /^nothing was moved during 3 calls/],
    [{ ways: rest }, /^migrated in 11 ways of 12/],
    [{ tablesMoved: 0 }, /^no page table/],
    [{ moved: { ...moved.moved!, migrations: 0 } }, /^no migration/],
    [{ moved: { ...moved.moved!, grown: 0 } }, /^no heap grew/],
    [{ moved: { ...moved.moved!, shared: true } }, /^its heap is shared/],
    [{ moved: { ...moved.moved!, problems: ['a migration stopped with ENOMEM'] } }, /ENOMEM/],
  ];
  for (const [difference, expected] of cases) {
    const wrong = judge(client, still, { ...moved, ...difference });
    assert.match(wrong[0] ?? 'nothing', expected);
  }
  assert.deepEqual(judge({ ...client, pageTables: false }, still, { ...moved, tablesMoved: 0 }), []);
  assert.match(judge(client, still, still).at(-1)!, /were not migrated/);
});

test('answers are compared value by value and byte by byte', () => {
  const floats = new Float32Array([1, 2, 3]);
  const hash = (value: unknown): string => answerOf('', value).hash;
  assert.equal(hash([floats, 1n]), hash([floats.slice(), 1n]));
  for (const other of [
    [new Float32Array([1, 2, 3.0000002]), 1n],
    [floats, 1],
    [floats, 2n],
    [floats],
    [Number.NaN],
  ]) {
    assert.notEqual(hash([floats, 1n]), hash(other));
  }
});
