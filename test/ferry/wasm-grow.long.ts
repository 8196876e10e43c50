import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, nextBatch, refusal, withFerry } from './support/fixture.js';
import { WASM_PAGE, wasmMemory } from './support/wasm.js';

const PAGES = (16 * MIB) / WASM_PAGE;

for (const shared of [false, true]) {
  const kind = shared ? 'a shared' : 'an unshared';

  test(`${kind} WebAssembly.Memory may grow while it is migrated`, LIMIT, async () => {
    await withFerry({ batchBytes: 4096 }, async (ferry) => {
      const memory = wasmMemory({ initial: PAGES, maximum: 8 * PAGES, shared });
      fill(memory.buffer);
      const region = ferry.adopt(memory);
      const { batches } = ferry.stats();
      const moving = region.migrate({ to: 1 });
      await nextBatch(ferry, batches);
      for (let i = 1; i <= 4; i++) memory.grow(i);
      fill(memory.buffer, 1);
      const { bytesMoved, failures } = await moving;
      assert.deepEqual([bytesMoved, failures], [PAGES * WASM_PAGE, []]);
      assert.equal(memory.buffer.byteLength, (PAGES + 10) * WASM_PAGE);
      assertContent(memory.buffer, 1);
      // Nobody has looked yet: what is asked of the region now is asked of V8.
      assert.equal(region.bytes, (PAGES + 10) * WASM_PAGE);
      assert.deepEqual(region.changes, { grown: 1, moved: 0 });
      assert.equal(region.migratableBytes, (PAGES + 10) * WASM_PAGE);
      await region.migrate({ to: 1 });
      assertAllMoved(region, await region.migrate({ to: 0 }));
      assertContent(memory.buffer, 1);
    });
  });

  test(
    `${kind} WebAssembly.Memory that was adopted with growth: 'ignore' stays as long as it was`,
    LIMIT,
    async () => {
      await withFerry({}, async (ferry) => {
        const memory = wasmMemory({ initial: PAGES, maximum: 8 * PAGES, shared });
        fill(memory.buffer);
        const region = ferry.adopt(memory, { growth: 'ignore' });
        memory.grow(PAGES);
        fill(memory.buffer, 1);
        assertAllMoved(region, await region.migrate({ to: 1 }));
        assert.equal(region.bytes, PAGES * WASM_PAGE);
        assert.deepEqual(region.changes, { grown: 0, moved: 0 });
        assertContent(memory.buffer, 1);
      });
    },
  );

  test(
    `${kind} WebAssembly.Memory: what it grows by is migrated, and cannot be adopted besides`,
    LIMIT,
    async () => {
      await withFerry({ audit: true }, async (ferry) => {
        const memory = wasmMemory({ initial: PAGES, maximum: 8 * PAGES, shared });
        fill(memory.buffer);
        const region = ferry.adopt(memory);
        assertAllMoved(region, await region.migrate({ to: 1 }));
        memory.grow(PAGES);
        fill(memory.buffer, 1);
        const { foliosMoved, foliosOnTarget } = await region.migrate({ to: 1 });
        assert.deepEqual([foliosMoved, foliosOnTarget], [PAGES * 16, PAGES * 16]);
        assert.throws(() => ferry.adopt(memory), refusal('EBUSY', 'buffer'));
        memory.grow(1);
        assert.throws(() => ferry.adopt(memory), refusal('EBUSY', 'buffer'));
        const offset = 2 * PAGES * WASM_PAGE;
        new Uint8Array(memory.buffer).fill(3, offset);
        assert.deepEqual([...(await region.movePages([offset], [1]))], [1]);
        await region.migrate({ to: 0, offset, length: WASM_PAGE });
        assert.deepEqual([...(await region.movePages([offset, 0], null))], [0, 1]);
        assertContent(memory.buffer, 1, 0, offset);
        await region.release();
        const again = ferry.adopt(memory);
        assert.equal(again.bytes, offset + WASM_PAGE);
      });
    },
  );

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

test(
  'a worker grows a shared WebAssembly.Memory while it is migrated: the region follows',
  LIMIT,
  async () => {
    await withFerry({ batchBytes: 64 * 4096, audit: true }, async (ferry) => {
      const memory = wasmMemory({ initial: PAGES, maximum: 8 * PAGES, shared: true });
      fill(memory.buffer);
      const region = ferry.adopt(memory);
      const { batches } = ferry.stats();
      const moving = region.migrate({ to: 1 });
      await nextBatch(ferry, batches);
      const worker = new Worker(
        "const { workerData } = require('node:worker_threads'); workerData.grow(3);",
        {
          eval: true,
          workerData: memory,
        },
      );
      await once(worker, 'exit');
      await moving;
      assert.equal(region.bytes, (PAGES + 3) * WASM_PAGE);
      fill(memory.buffer, 1);
      await region.migrate({ to: 1 });
      assertAllMoved(region, await region.migrate({ to: 0 }));
      assertContent(memory.buffer, 1);
    });
  },
);

test('a growable SharedArrayBuffer takes its region with it', LIMIT, async () => {
  await withFerry({ audit: true }, async (ferry) => {
    const growable = SharedArrayBuffer as unknown as {
      new (
        bytes: number,
        options: { maxByteLength: number },
      ): SharedArrayBuffer & { grow(bytes: number): void };
    };
    const memory = new growable(2 * MIB, { maxByteLength: 8 * MIB });
    fill(memory);
    const region = ferry.adopt(memory);
    assertAllMoved(region, await region.migrate({ to: 1 }));
    memory.grow(4 * MIB);
    fill(memory, 1);
    assert.equal(region.bytes, 4 * MIB);
    await region.migrate({ to: 1 });
    assertAllMoved(region, await region.migrate({ to: 0 }));
    assertContent(memory, 1);
    assert.deepEqual(region.changes, { grown: 1, moved: 0 });
  });
});

test('an unknown word for growth is refused', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    const memory = wasmMemory({ initial: PAGES, maximum: PAGES });
    const options = { growth: 'always' } as unknown as Parameters<typeof ferry.adopt>[1];
    assert.throws(() => ferry.adopt(memory, options), refusal('EINVAL', 'options.growth'));
    const allocated = { growth: 'follow' } as unknown as Parameters<typeof ferry.allocate>[1];
    assert.throws(() => ferry.allocate(MIB, allocated), { code: 'EINVAL' });
  });
});
