import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { WasmMemory } from '../../../src/index.js';
import { assertContent, fill } from './content.js';
import { assertAllMoved, LIMIT, MIB, withFerry } from './fixture.js';
import { WASM_PAGE } from './wasm.js';

/** Of ES2024, which TypeScript's ES2023 does not know; every Node from 20 on has it. */
export type Growable = SharedArrayBuffer & { readonly growable: boolean; grow(bytes: number): void };
export const Growable = SharedArrayBuffer as unknown as new (
  bytes: number,
  options: { readonly maxByteLength: number },
) => Growable;

/** A memory with 64-bit addresses, or a skipped test where this Node has none (before 24). */
function memory64(
  t: TestContext,
  shared: boolean,
): (WasmMemory & { grow(pages: bigint): bigint }) | undefined {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Memory: new (descriptor: object) => WasmMemory & { grow(pages: bigint): bigint } };
  };
  const bytes = BigInt(8 * MIB);
  const pages = bytes / BigInt(WASM_PAGE);
  try {
    return new WebAssembly.Memory({ address: 'i64', initial: pages, maximum: pages * 8n, shared });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    t.skip(`Node ${process.version} has no memory with 64-bit addresses`);
    return undefined;
  }
}

export const ADDRESSES_OF64_BITS_CASES = [false, true];

export function addressesOf64Bits(cases: readonly (typeof ADDRESSES_OF64_BITS_CASES)[number][]): void {
  for (const shared of cases) {
    test(`memory with 64-bit addresses migrates (${shared ? 'shared' : 'unshared'})`, LIMIT, async (t) => {
      const memory = memory64(t, shared);
      if (memory === undefined) return;
      await withFerry({}, async (ferry) => {
        fill(memory.buffer);
        const region = ferry.adopt(memory);
        assert.equal(region.bytes, 8 * MIB);
        for (const to of [1, 0]) assertAllMoved(region, await region.migrate({ to }));
        assertContent(memory.buffer);
        await region.release();
        memory.grow(BigInt((8 * MIB) / WASM_PAGE));
        fill(memory.buffer, 1);
        const grown = ferry.adopt(memory);
        assert.equal(grown.bytes, 16 * MIB);
        for (const to of [1, 0]) assertAllMoved(grown, await grown.migrate({ to }));
        assertContent(memory.buffer, 1);
      });
    });
  }
}
