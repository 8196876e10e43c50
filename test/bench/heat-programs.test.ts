import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HotSetPath, hotUnits, MOVE_MS } from '../../src/bench/heat/hot-set.js';
import { homeSlot, openJoinModule, payloadOf, SLOT_BYTES } from '../../src/bench/heat/join-module.js';
import type { ProgramMemory } from '../../src/bench/heat/known-program.js';
import { PROGRAMS, type ProgramName } from '../../src/bench/heat/options.js';
import { HotSetPlaces, ScanPlaces, ZipfPlaces } from '../../src/bench/heat/places.js';
import { allocateFor, damageOf, openProgram, prepare } from '../../src/bench/heat/programs.js';
import { scoreOf } from '../../src/bench/heat/score.js';
import { VectorSearch } from '../../src/bench/heat/vector-search.js';
import { WeightedRanks, zipfShares } from '../../src/bench/heat/zipf.js';
import { RandomStream } from '../../src/common/random.js';
import type { WasmMemory } from '../../src/index.js';
import { wasmMemory } from '../ferry/support/wasm.js';

const UNIT = 2 * 2 ** 20;
const UNIT_WORDS = UNIT / 4;

function memoryOf(name: ProgramName, units: number): ProgramMemory {
  const memory: ProgramMemory = {
    name,
    memory: allocateFor(name, units * UNIT),
    origin: name === 'hash-join' ? 0 : 4080,
    bytes: units * UNIT,
    seed: 3,
  };
  prepare(memory);
  return memory;
}

/** Bytes of the memory, whatever it is. */
function bytesOf({ memory }: ProgramMemory): Uint8Array {
  return new Uint8Array(memory instanceof SharedArrayBuffer ? memory : (memory as WasmMemory).buffer);
}

for (const name of PROGRAMS) {
  test(`${name}: counts every access at its unit, finds no wrong value, and notices damage`, () => {
    const units = 8;
    const memory = memoryOf(name, units);
    const programs = [openProgram(memory, 0), openProgram(memory, 1)];
    const counts = new Uint32Array(3 * units);
    let accesses = 0;
    // A scan of the memory takes 4096 blocks.
    for (let i = 0; i < 5000; i++) {
      for (const program of programs) accesses += program.block(counts, units, i);
    }
    assert.ok(accesses > 0);
    const inRow = counts.subarray(units, 2 * units);
    assert.equal(
      inRow.reduce((sum, count) => sum + count, 0),
      accesses,
    );
    assert.ok(counts.every((count, at) => count === 0 || (at >= units && at < 2 * units)));
    const updates = programs.reduce((sum, program) => sum + program.updates, 0);
    assert.equal(updates > 0, ['uniform', 'zipf', 'zipf-scattered', 'hot-set'].includes(name));
    assert.deepEqual(
      programs.map(({ wrong }) => wrong),
      [0, 0],
    );
    assert.equal(damageOf(memory, updates), 0);
    // A page of zeros in the middle of each unit.
    const bytes = bytesOf(memory);
    for (let unit = 0; unit < units; unit++) {
      const at = memory.origin + unit * UNIT + UNIT / 2;
      bytes.fill(0, at, at + 4096);
    }
    assert.ok(damageOf(memory, updates) > 0);
  });
}

test('a lost update is damage', () => {
  const memory = memoryOf('uniform', 8);
  const program = openProgram(memory, 0);
  program.block(new Uint32Array(8), 0, 0);
  assert.equal(damageOf(memory, program.updates), 0);
  assert.equal(damageOf(memory, program.updates + 1), 1);
});

test('a program notices values that are lost while it runs', () => {
  for (const name of PROGRAMS) {
    const memory = memoryOf(name, 8);
    const program = openProgram(memory, 0);
    bytesOf(memory).fill(0);
    const counts = new Uint32Array(8);
    for (let i = 0; i < 2000 && program.wrong === 0; i++) program.block(counts, 0, 0);
    assert.ok(program.wrong > 0, name);
  }
});

test('ranks are drawn as often as Zipf says', () => {
  const shares = zipfShares(1000, 0.99);
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
  assert.ok(Math.abs(shares[0]! / shares[99]! - 100 ** 0.99) < 1e-9);
  const ranks = new WeightedRanks(shares);
  const random = new RandomStream(1);
  const drawn = new Float64Array(1000);
  const draws = 2_000_000;
  for (let i = 0; i < draws; i++) drawn[ranks.draw(random)]!++;
  for (let rank = 0; rank < 1000; rank++) {
    const expected = shares[rank]! * draws;
    // Six standard deviations. The stream is the same each time.
    assert.ok(Math.abs(drawn[rank]! - expected) < 6 * Math.sqrt(expected), `rank ${rank}`);
  }
});

test('one rank, and ranks of the same weight', () => {
  const random = new RandomStream(1);
  assert.equal(new WeightedRanks(Float64Array.of(1)).draw(random), 0);
  const even = new WeightedRanks(new Float64Array(4).fill(0.25));
  const drawn = new Set(Array.from({ length: 100 }, () => even.draw(random)));
  assert.deepEqual(
    [...drawn].sort((a, b) => a - b),
    [0, 1, 2, 3],
  );
});

function unitCounts(places: { next(): number }, units: number, accesses: number): Float64Array {
  const counts = new Float64Array(units);
  for (let i = 0; i < accesses; i++) {
    const place = places.next();
    assert.ok(Number.isInteger(place) && place >= 0 && place < units * UNIT_WORDS);
    counts[Math.floor(place / UNIT_WORDS)]!++;
  }
  return counts;
}

test('zipf is in the order of addresses; scattered, the same units are elsewhere', () => {
  const units = 16;
  const ranked = unitCounts(new ZipfPlaces(units * UNIT_WORDS, 5, 'ranks', 9), units, 200_000);
  assert.deepEqual([...ranked].sort((a, b) => b - a).slice(0, 4), [...ranked.subarray(0, 4)]);
  const scattered = unitCounts(new ZipfPlaces(units * UNIT_WORDS, 5, 'scattered', 9), units, 200_000);
  assert.deepEqual([...scattered].sort(), [...ranked].sort());
  assert.notDeepEqual(scattered, ranked);
  // All threads have the same layout.
  const other = unitCounts(new ZipfPlaces(units * UNIT_WORDS, 6, 'scattered', 9), units, 200_000);
  assert.equal(other.indexOf(Math.max(...other)), scattered.indexOf(Math.max(...scattered)));
});

test('the hot set gets nine in ten accesses, and moves to other units', () => {
  const units = 40;
  const places = new HotSetPlaces(units * UNIT_WORDS, 5, 9);
  const path = new HotSetPath(units, 9);
  assert.equal(path.length, 4);
  for (const moves of [0, 1, 2, 7]) {
    places.begin(moves * MOVE_MS + 10);
    const counts = unitCounts(places, units, 100_000);
    const start = path.startAfter(moves);
    const hot = counts.subarray(start, start + 4).reduce((sum, count) => sum + count, 0);
    assert.ok(Math.abs(hot - 90_000) < 1000, `${hot}`);
    assert.equal(scoreOf(counts, [start, start + 1, start + 2, start + 3]).precision, 1);
    assert.ok(counts.every((count) => count > 0));
  }
});

test('a hot set has no unit of the one before, and its places are within the memory', () => {
  for (const units of [2, 8, 31, 512]) {
    const path = new HotSetPath(units, 1);
    const length = hotUnits(units);
    assert.equal(path.length, length);
    for (let moves = 0; moves < 200; moves++) {
      const start = path.startAfter(moves);
      assert.ok(start >= 0 && start + length <= units);
      assert.ok(Math.abs(start - path.startAfter(moves + 1)) >= length);
    }
    // In any order of the questions.
    assert.equal(new HotSetPath(units, 1).startAfter(100), path.startAfter(100));
  }
});

test('a scan has each cache line once, in order, and begins again', () => {
  const places = new ScanPlaces(UNIT_WORDS, 0);
  for (let round = 0; round < 2; round++) {
    for (let line = 0; line < UNIT_WORDS / 16; line++) assert.equal(places.next(), line * 16);
  }
});

test('a search finds the vector that a plain search of its lists finds', () => {
  const memory = memoryOf('vector-search', 8);
  const search = new VectorSearch(memory, 7);
  const counts = new Uint32Array(8);
  const vectors = new Float32Array(memory.memory as SharedArrayBuffer, memory.origin, memory.bytes / 4);
  for (let query = 0; query < 3; query++) {
    assert.equal(search.block(counts, 0), 0);
    const { query: wanted, lists } = search;
    for (let i = 0; i < (2 * 2048) / 16; i++) assert.equal(search.block(counts, 0), 16);
    let best = { vector: -1, score: Number.NEGATIVE_INFINITY };
    for (const list of lists) {
      for (let vector = list * 2048; vector < (list + 1) * 2048; vector++) {
        let score = 0;
        for (let d = 0; d < 64; d++) score += wanted[d]! * vectors[vector * 64 + d]!;
        if (score > best.score) best = { vector, score };
      }
    }
    assert.deepEqual({ vector: search.best, score: search.bestScore }, best);
  }
  assert.equal(search.wrong, 0);
});

test('the join module finds every key and only those, also past collisions and the last slot', () => {
  const memory = wasmMemory({ initial: 1, maximum: 1, shared: true });
  const { build, probe } = openJoinModule(memory);
  const slots = 65536 / SLOT_BYTES;
  // Nearly full, in two parts.
  build(1, 600, slots);
  build(600, slots, slots);
  const words = new Int32Array(memory.buffer);
  const keyAt = (slot: number) => words[(slot * SLOT_BYTES) / 4]!;
  const expected = new Int32Array(slots);
  for (let key = 1; key < slots; key++) {
    let slot = homeSlot(key, slots);
    while (expected[slot] !== 0) slot = (slot + 1) % slots;
    expected[slot] = key;
  }
  assert.deepEqual(
    Int32Array.from({ length: slots }, (_, slot) => keyAt(slot)),
    expected,
  );
  assert.ok(
    expected.some((key, slot) => key !== 0 && homeSlot(key, slots) > slot),
    'none is past the last slot',
  );
  for (let key = 1; key < slots; key++) assert.equal(probe(key, slots), payloadOf(key));
  for (const key of [slots, 2 * slots, 2 ** 31 - 1, -1]) assert.equal(probe(key, slots), 0);
});
