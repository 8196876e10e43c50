import './support/memory.js';
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { hasSteadyCounter, tickNs } from '../../src/linux/code/time-stamp-counter.js';
import {
  type AccessKind,
  ENTRY_PLACE,
  ENTRY_TICKS,
  ENTRY_VALUE,
  ENTRY_WORDS,
  timedAccesses,
} from '../../src/linux/code/timed-access.js';
import { libc } from '../../src/linux/sys/libc.js';

const ENTRIES = 8;

function shared(words: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(words * 4));
}

/** Accesses these places. Returns what was found there and the ticks, or undefined where it cannot be done. */
function access(kind: AccessKind, words: Int32Array, places: readonly number[]) {
  const table = shared(ENTRIES * ENTRY_WORDS);
  const run = timedAccesses(kind, words, table);
  if (run === undefined) return undefined;
  for (const [i, place] of places.entries()) table[i * ENTRY_WORDS + ENTRY_PLACE] = place;
  run(places.length);
  return places.map((_, i) => ({
    value: table[i * ENTRY_WORDS + ENTRY_VALUE]!,
    ticks: table[i * ENTRY_WORDS + ENTRY_TICKS]!,
    high: table[i * ENTRY_WORDS + ENTRY_TICKS + 1]!,
  }));
}

// First, as what was loaded once stays loaded.
test('where code may not be made executable there is nothing to time with', () => {
  mock.method(libc(), 'mprotect', () => -1);
  try {
    assert.equal(timedAccesses('read', shared(1), shared(ENTRY_WORDS)), undefined);
    assert.equal(tickNs(), undefined);
  } finally {
    mock.restoreAll();
  }
});

const skip = hasSteadyCounter() ? false : 'no steady counter here';

test('reads find what is there, and take some ticks each', { skip }, () => {
  const places = [0, 999, 5, 5, 14];
  const memory = shared(1000);
  for (let i = 0; i < memory.length; i++) memory[i] = i * 7 - 100;
  for (const [i, { value, ticks, high }] of access('read', memory, places)!.entries()) {
    assert.equal(value, memory[places[i]!]);
    assert.ok(ticks > 0 && high === 0, `${high} ${ticks}`);
  }
});

test('additions add one each and find what was there before', { skip }, () => {
  const memory = shared(16).fill(-1);
  const found = access('add', memory, [3, 3, 4, 3])!;
  assert.deepEqual(
    found.map(({ value }) => value),
    [-1, 0, -1, 1],
  );
  assert.deepEqual([...memory.subarray(2, 6)], [-1, 2, 0, -1]);
});

test('only as many entries as were asked for are done', { skip }, () => {
  const memory = shared(4);
  const table = shared(3 * ENTRY_WORDS);
  timedAccesses('add', memory, table)!(2);
  assert.equal(memory[0], 2);
  assert.deepEqual([...table.subarray(2 * ENTRY_WORDS)], [0, 0, 0, 0]);
});

test('a tick is a part of a nanosecond or a few of them', { skip }, () => {
  const ns = tickNs()!;
  assert.ok(ns > 0.05 && ns < 100, `${ns}`);
});
