import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { WasmMemory } from '../../../src/index.js';
import { sampled } from '../../deep.js';
import { assertContent, fill } from './content.js';
import { HUGE, LIMIT, MIB, nextBatch, PAGE, withFerry } from './fixture.js';
import { PageTables } from './pages.js';
import { wasmMemory } from './wasm.js';

const bytesOf = (memory: SharedArrayBuffer | WasmMemory) => ('buffer' in memory ? memory.buffer : memory);

/** The part reads as zeros, and the rest is what `fill` has written. */
export function assertDead(memory: SharedArrayBuffer | ArrayBuffer, offset: number, length: number): void {
  const expected = new SharedArrayBuffer(memory.byteLength);
  fill(expected);
  new Uint8Array(expected).fill(0, offset, offset + length);
  assert.equal(Buffer.compare(new Uint8Array(memory), new Uint8Array(expected)), 0, `${offset}, ${length}`);
}

export const DEAD_PART_IS_GIVEN_BACK_CASES = [
  ['a SharedArrayBuffer', () => new SharedArrayBuffer(8 * MIB)],
  ['a shared WebAssembly.Memory', () => wasmMemory({ initial: 128, maximum: 256, shared: true })],
  ['an unshared WebAssembly.Memory', () => wasmMemory({ initial: 128, maximum: 256 })],
] as const;

export function deadPartIsGivenBack(cases: readonly (typeof DEAD_PART_IS_GIVEN_BACK_CASES)[number][]): void {
  for (const [what, make] of cases) {
    test(`a dead part of ${what} is given back, and reads as zeros`, LIMIT, async () => {
      const tables = new PageTables();
      await withFerry({}, async (ferry) => {
        for (const [offset, length] of [
          [0, 8 * MIB],
          [0, 1],
          [PAGE, PAGE],
          [5, 2 * MIB],
          [3 * MIB + 100, PAGE - 200],
          [8 * MIB - 3 * PAGE - 7, 3 * PAGE + 7],
          [4096, 0],
        ] as const) {
          const memory = make();
          const buffer = bytesOf(memory);
          fill(buffer);
          const region = ferry.adopt(memory);
          const before = tables.occupied(region, buffer);
          await region.advise(offset, length, 'dead');
          const inside = region.migratable.reduce((sum, range) => {
            const first = Math.ceil(Math.max(0, offset - range.offset) / PAGE);
            const end = Math.floor(Math.min(range.length, offset + length - range.offset) / PAGE);
            return sum + Math.max(0, end - first);
          }, 0);
          assert.equal(tables.occupied(region, buffer), before - inside, `${offset}, ${length}`);
          assertDead(buffer, offset, length);
          // It can be used again, and migrates.
          fill(buffer, 1);
          assert.equal((await region.migrate({ to: 1 })).foliosFailed, 0);
          assertContent(buffer, 1);
          await region.release();
        }
      });
      tables.close();
    });
  }
}

export const PARTS_DIE_CASES = sampled(
  [
    ['exclusive', PAGE],
    ['exclusive', HUGE],
    ['write-protected', HUGE],
    ['write-protected', PAGE],
  ] as const,
  2,
);

export function partsDie(cases: readonly (typeof PARTS_DIE_CASES)[number][]): void {
  for (const [copyMode, folioSize] of cases) {
    test(
      `parts die while the rest is written to and migrates (${copyMode}, folios of ${folioSize})`,
      LIMIT,
      async () => {
        await withFerry({}, async (ferry) => {
          const memory = new SharedArrayBuffer(12 * MIB);
          const words = new Int32Array(memory);
          const half = words.length / 2;
          const dead = words.subarray(0, half);
          words.fill(1);
          const region = ferry.adopt(memory, { folioSize });
          const adder = new Adder(memory, half);
          for (let round = 0; round < 6; round++) {
            const { batches } = ferry.stats();
            const moving = region.migrate({ to: 1 - (round % 2), copyMode, batchBytes: 2 * MIB });
            await nextBatch(ferry, batches);
            await region.advise(0, half * 4, 'dead');
            assert.ok(dead.every((word) => word === 0));
            dead.fill(round + 1);
            await moving;
            assert.ok(dead.every((word) => word === round + 1));
          }
          const added = await adder.end();
          assert.ok(added > 0);
          assert.equal(
            words.subarray(half).reduce((sum, word) => sum + word - 1, 0),
            added,
          );
        });
      },
    );
  }
}

/** A thread that adds to every word of the second half, again and again. */
class Adder {
  readonly #control = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;

  constructor(memory: SharedArrayBuffer, from: number) {
    this.#worker = new Worker(
      `const { parentPort, workerData: { memory, from, control } } = require('node:worker_threads');
       const words = new Int32Array(memory);
       let added = 0;
       for (let at = from; Atomics.load(control, 0) === 0; at = at + 61 < words.length ? at + 61 : from) {
         Atomics.add(words, at, 1);
         added++;
       }
       parentPort.postMessage(added);`,
      { eval: true, workerData: { memory, from, control: this.#control } },
    );
  }

  /** Resolves to how often it has added 1. */
  async end(): Promise<number> {
    Atomics.store(this.#control, 0, 1);
    const [added] = await once(this.#worker, 'message');
    return added as number;
  }
}
