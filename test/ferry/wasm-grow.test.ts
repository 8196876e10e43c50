import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, nextBatch, withFerry } from './support/fixture.js';
import { WASM_PAGE, wasmMemory } from './support/wasm.js';

const PAGES = (16 * MIB) / WASM_PAGE;

for (const shared of [false, true]) {
  const kind = shared ? 'a shared' : 'an unshared';

  test(`${kind} WebAssembly.Memory may grow while it is migrated`, LIMIT, async () => {
    await withFerry({ maxBatchedMigration: 1 }, async (ferry) => {
      const memory = wasmMemory({ initial: PAGES, maximum: 8 * PAGES, shared });
      fill(memory.buffer);
      const region = ferry.adopt(memory);
      const { batches } = ferry.stats();
      const moving = region.migrate({ to: 1 });
      await nextBatch(ferry, batches);
      for (let i = 1; i <= 4; i++) memory.grow(i);
      fill(memory.buffer, 1);
      assertAllMoved(region, await moving);
      assert.equal(memory.buffer.byteLength, (PAGES + 10) * WASM_PAGE);
      assertContent(memory.buffer, 1);
      assert.equal(region.bytes, PAGES * WASM_PAGE, 'what was grown later is not adopted');
      assertAllMoved(region, await region.migrate({ to: 0 }));
      assertContent(memory.buffer, 1);
    });
  });

  test(`${kind} WebAssembly.Memory that grew is adopted anew as a whole`, LIMIT, async () => {
    await withFerry({}, async (ferry) => {
      const memory = wasmMemory({ initial: PAGES, maximum: 8 * PAGES, shared });
      fill(memory.buffer);
      const small = ferry.adopt(memory);
      assertAllMoved(small, await small.migrate({ to: 1 }));
      memory.grow(PAGES);
      fill(memory.buffer, 1);
      await small.release();
      const region = ferry.adopt(memory);
      assert.equal(region.bytes, 2 * PAGES * WASM_PAGE);
      assertAllMoved(region, await region.migrate({ to: 1 }));
      assertContent(memory.buffer, 1);
    });
  });
}
