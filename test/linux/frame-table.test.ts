import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRAME_EMPTY, FRAME_FREE, FRAME_IN_FLIGHT, FrameTable } from '../../src/linux/memory/frame-table.js';
import { NO_FRAME } from '../../src/mm/pipeline/batch.js';

const CHUNK = 512;
const FIRST = 4 * CHUNK;
const CHUNKS = 6;

interface Held {
  readonly frame: number;
  readonly pages: number;
}

/** The same books as a FrameTable, kept in the simplest way. */
class Model {
  readonly table = new FrameTable(FIRST, CHUNKS);
  readonly state = new Uint8Array(CHUNKS * CHUNK);
  readonly held: Held[] = [];
  readonly #random: () => number;

  constructor(seed: number) {
    let state = seed;
    this.#random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
  }

  below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  /** Records that frames are in flight now, and asserts that they were what was asked for. */
  took(frame: number, order: number, from: number): void {
    const pages = 1 << order;
    const index = frame - FIRST;
    assert.ok(index >= 0 && index + pages <= this.state.length, 'outside of the table');
    if (pages > 1) assert.equal(Math.floor(index / CHUNK), Math.floor((index + pages - 1) / CHUNK));
    for (let i = index; i < index + pages; i++) assert.equal(this.state[i], from, 'given out twice');
    this.state.fill(FRAME_IN_FLIGHT, index, index + pages);
    this.held.push({ frame, pages });
  }

  anyRun(wanted: number, order: number): boolean {
    const pages = 1 << order;
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      let run = 0;
      for (let i = 0; i < CHUNK; i++) {
        run = this.state[chunk * CHUNK + i] === wanted ? run + 1 : 0;
        if (run === pages) return true;
      }
    }
    return false;
  }

  take(kind: 'free' | 'empty', order: number): void {
    const wanted = kind === 'free' ? FRAME_FREE : FRAME_EMPTY;
    const frame = kind === 'free' ? this.table.takeFree(order) : this.table.takeEmpty(order);
    if (frame === NO_FRAME)
      assert.equal(this.anyRun(wanted, order), false, `there is a ${kind} of order ${order}`);
    else this.took(frame, order, wanted);
  }

  takeBeside(order: number): void {
    const last = this.held.at(-1);
    if (last === undefined) return;
    const frame = last.frame + last.pages;
    if (this.table.takeEmptyAt(frame, order)) this.took(frame, order, FRAME_EMPTY);
  }

  put(kind: 'free' | 'empty'): void {
    if (this.held.length === 0) return;
    const at = this.below(this.held.length);
    const [{ frame, pages }] = this.held.splice(at, 1) as [Held];
    if (kind === 'free') this.table.putFree(frame, pages);
    else this.table.putEmpty(frame, pages);
    const index = frame - FIRST;
    this.state.fill(kind === 'free' ? FRAME_FREE : FRAME_EMPTY, index, index + pages);
  }

  fill(huge: boolean): void {
    const frame = this.table.emptyChunk();
    if (frame === NO_FRAME) {
      for (let chunk = 0; chunk < CHUNKS; chunk++) assert.equal(this.isAll(chunk, FRAME_EMPTY), false);
      return;
    }
    assert.equal(this.isAll((frame - FIRST) / CHUNK, FRAME_EMPTY), true);
    this.table.fillChunk(frame, huge);
    this.state.fill(FRAME_FREE, frame - FIRST, frame - FIRST + CHUNK);
    assert.equal(this.table.isHuge(frame), huge);
  }

  clear(): void {
    const frame = this.table.surplusChunk();
    const surplus = (chunk: number): boolean => {
      const states = this.state.subarray(chunk * CHUNK, (chunk + 1) * CHUNK);
      return states.includes(FRAME_FREE) && !states.includes(FRAME_IN_FLIGHT);
    };
    if (frame === NO_FRAME) {
      for (let chunk = 0; chunk < CHUNKS; chunk++) assert.equal(surplus(chunk), false);
      return;
    }
    const chunk = (frame - FIRST) / CHUNK;
    assert.equal(surplus(chunk), true, 'nothing that is in flight is given back');
    this.table.clearChunk(frame);
    this.state.fill(FRAME_EMPTY, chunk * CHUNK, (chunk + 1) * CHUNK);
    assert.equal(this.table.isHuge(frame), false);
    assert.equal(this.table.mayHaveTable(frame), false);
  }

  isAll(chunk: number, wanted: number): boolean {
    return this.state.subarray(chunk * CHUNK, (chunk + 1) * CHUNK).every((state) => state === wanted);
  }

  audit(): void {
    let free = 0;
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      let here = 0;
      for (let i = chunk * CHUNK; i < (chunk + 1) * CHUNK; i++) {
        assert.equal(this.table.stateOf(FIRST + i), this.state[i]);
        if (this.state[i] === FRAME_FREE) here++;
      }
      assert.equal(this.table.freeOf(FIRST + chunk * CHUNK), here);
      free += here;
    }
    assert.equal(this.table.freeFrames, free);
  }
}

for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
  test(`whatever is taken and put, the books are right (seed ${seed})`, () => {
    const model = new Model(seed);
    assert.equal(model.table.frames, CHUNKS * CHUNK);
    const orders = [0, 0, 0, 1, 2, 4, 4, 7, 9];
    for (let step = 0; step < 4000; step++) {
      const order = orders[model.below(orders.length)]!;
      switch (model.below(10)) {
        case 0:
          model.fill(model.below(2) === 0);
          break;
        case 1:
          model.clear();
          break;
        case 2:
        case 3:
          model.take('free', order);
          break;
        case 4:
        case 5:
          model.take('empty', order);
          break;
        case 6:
          model.takeBeside(order);
          break;
        default:
          model.put(model.below(2) === 0 ? 'free' : 'empty');
      }
      if (step % 50 === 0) model.audit();
    }
    while (model.held.length > 0) model.put('free');
    model.audit();
  });
}

test('a huge chunk of free pages is not broken up while small free pages is left', () => {
  const table = new FrameTable(0, 4);
  table.fillChunk(0, true);
  table.fillChunk(CHUNK, false);
  table.fillChunk(2 * CHUNK, true);
  for (let i = 0; i < CHUNK; i++) {
    const frame = table.takeFree(0);
    assert.ok(frame >= CHUNK && frame < 2 * CHUNK, `${frame}`);
  }
  assert.equal(table.isHuge(0) && table.isHuge(2 * CHUNK), true);
  assert.equal(table.hasFreeHugePage, true);
  const broken = table.takeFree(4);
  assert.notEqual(broken, NO_FRAME);
  assert.equal(table.isHuge(broken - (broken % CHUNK)), false, 'then one of them is');
  assert.equal(table.hasFreeHugePage, true, 'and only one');
});

test('for a huge folio a huge chunk is preferred to one of small pages', () => {
  const table = new FrameTable(0, 3);
  table.fillChunk(0, false);
  table.fillChunk(CHUNK, true);
  assert.equal(table.takeFree(9), CHUNK);
  assert.equal(table.takeFree(9), 0);
  assert.equal(table.takeFree(9), NO_FRAME);
});

test('what is taken one after the other lies side by side', () => {
  const table = new FrameTable(0, 4);
  table.fillChunk(0, false);
  for (let i = 0; i < CHUNK; i++) assert.equal(table.takeFree(0), i);
  let empty = table.takeEmpty(0);
  for (let i = 1; i < CHUNK; i++) {
    assert.equal(table.takeEmptyAt(empty + 1, 0), true);
    empty++;
  }
  assert.equal(table.takeEmptyAt(4 * CHUNK, 0), false, 'beyond the end');
});

test('a huge page leaves no page table behind, small pages do', () => {
  const table = new FrameTable(0, 2);
  table.fillChunk(0, true);
  table.fillChunk(CHUNK, false);
  assert.equal(table.takeFree(9), 0);
  table.putEmpty(0, CHUNK);
  assert.equal(table.mayHaveTable(0), false);
  assert.equal(table.takeFree(9), CHUNK);
  table.putEmpty(CHUNK, CHUNK);
  assert.equal(table.mayHaveTable(CHUNK), true);
  table.tableGone(CHUNK);
  assert.equal(table.mayHaveTable(CHUNK), false);
});
