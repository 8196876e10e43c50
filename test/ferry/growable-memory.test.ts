import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { WasmMemory } from '../../src/index.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, nextBatch, withFerry } from './support/fixture.js';
import { WASM_PAGE } from './support/wasm.js';

/** Of ES2024, which TypeScript's ES2023 does not know; every Node from 20 on has it. */
type Growable = SharedArrayBuffer & { readonly growable: boolean; grow(bytes: number): void };
const Growable = SharedArrayBuffer as unknown as new (
  bytes: number,
  options: { readonly maxByteLength: number },
) => Growable;

test(
  'a growable SharedArrayBuffer grows while it is migrated: the next migration has all of it',
  LIMIT,
  async () => {
    await withFerry({ batchBytes: 16 * 4096 }, async (ferry) => {
      const buffer = new Growable(8 * MIB, { maxByteLength: 32 * MIB });
      assert.equal(buffer.growable, true);
      fill(buffer);
      const region = ferry.adopt(buffer);
      const { batches } = ferry.stats();
      const moving = region.migrate({ to: 1 });
      await nextBatch(ferry, batches);
      buffer.grow(16 * MIB);
      fill(buffer, 1);
      const { bytesMoved, failures } = await moving;
      assert.ok(bytesMoved > 7 * MIB && bytesMoved <= 8 * MIB && failures.length === 0, `${bytesMoved}`);
      buffer.grow(32 * MIB);
      assertContent(buffer, 1, 0, 16 * MIB);
      await region.migrate({ to: 0 });
      const next = await region.migrate({ to: 1 });
      assert.equal(region.bytes, 32 * MIB);
      // What nobody has touched is not there to be moved.
      assert.ok(next.bytesMoved >= 15 * MIB && next.failures.length === 0);
      assertContent(buffer, 1, 0, 16 * MIB);
      // Zeros, as the language says.
      assert.ok(new Int32Array(buffer, 16 * MIB).every((word) => word === 0));
    });
  },
);

test('a growable SharedArrayBuffer that grew is adopted anew as a whole', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new Growable(2 * MIB, { maxByteLength: 8 * MIB });
    fill(buffer);
    const small = ferry.adopt(buffer);
    assertAllMoved(small, await small.migrate({ to: 1 }));
    buffer.grow(8 * MIB);
    fill(buffer, 1);
    await small.release();
    const region = ferry.adopt(buffer);
    assert.equal(region.bytes, 8 * MIB);
    for (const to of [1, 0]) assertAllMoved(region, await region.migrate({ to }));
    assertContent(buffer, 1);
  });
});

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

for (const shared of [false, true]) {
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
