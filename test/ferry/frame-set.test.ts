import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameSet } from '../../src/own-migrators/frame-set.js';

function setOf(...folios: readonly (readonly [first: number, order: number])[]): FrameSet {
  const set = new FrameSet();
  assign(set, folios);
  return set;
}

function assign(set: FrameSet, folios: readonly (readonly [first: number, order: number])[]): void {
  set.assign(
    Uint32Array.from(folios, ([first]) => first),
    Uint8Array.from(folios, ([, order]) => order),
    folios.length,
  );
}

test('it holds the runs within its folios, also across neighbours, and no others', () => {
  const set = setOf([16, 2], [20, 0], [10, 1]);
  for (const [frame, pages] of [
    [16, 4],
    [16, 5],
    [17, 1],
    [20, 1],
    [10, 2],
    [11, 1],
  ] as const) {
    assert.equal(set.holds(frame, pages), true, `${frame}, ${pages}`);
  }
  for (const [frame, pages] of [
    [15, 1],
    [16, 6],
    [21, 1],
    [11, 2],
    [10, 11],
    [9, 2],
    [0, 1],
  ] as const) {
    assert.equal(set.holds(frame, pages), false, `${frame}, ${pages}`);
  }
});

test('what is no run is not held', () => {
  const set = setOf([0, 2]);
  for (const [frame, pages] of [
    [0, 0],
    [0, -1],
    [1, 1.5],
    [0.5, 1],
    [Number.NaN, 1],
    [0, Number.NaN],
  ] as const) {
    assert.equal(set.holds(frame, pages), false, `${frame}, ${pages}`);
  }
  assert.equal(set.holds('0' as unknown as number, undefined as unknown as number), false);
});

test('nothing is left of what it held before', () => {
  const set = setOf([100, 4]);
  assign(set, [
    [50, 0],
    [300, 0],
  ]);
  assert.equal(set.holds(100, 1), false);
  assert.equal(set.holds(50, 1), true);
  assert.equal(set.holds(300, 1), true);
  assign(set, []);
  assert.equal(set.holds(50, 1), false);
  assert.equal(set.holds(0, 1), false);
});

test('frames may have the highest numbers', () => {
  const set = setOf([0xffff_ff00, 0]);
  assert.equal(set.holds(0xffff_ff00, 1), true);
  assert.equal(set.holds(0xffff_ff01, 1), false);
});
