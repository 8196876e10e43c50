import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdoptableBuffer, Region, WasmMemory } from '../../src/index.js';
import { LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { untouchedBuffer } from './support/untouched.js';

declare const WebAssembly: { Memory: new (descriptor: { initial: number; maximum: number }) => WasmMemory };

test('a region has the type of its memory, and needs no cast', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const own: Region<SharedArrayBuffer> = ferry.allocate(MIB);
    for (const buffer of own.buffers) new Uint8Array(buffer).fill(7);
    assert.ok(new Uint8Array(own.buffer).every((byte) => byte === 7));

    const shared = new SharedArrayBuffer(MIB);
    const adopted: Region<SharedArrayBuffer> = ferry.adopt(shared);
    assert.equal(adopted.buffer, shared);

    const memory = new WebAssembly.Memory({ initial: 16, maximum: 16 });
    const wasm: Region<WasmMemory> = ferry.adopt(memory);
    assert.equal(wasm.buffer, memory);
    assert.equal(wasm.buffer.buffer.byteLength, 16 * 65536);

    const any: Region[] = [own, adopted, wasm];
    const buffers: AdoptableBuffer[] = any.map(({ buffer }) => buffer);
    assert.equal(buffers.length, 3);
    // @ts-expect-error: it may be any memory.
    const cast: Region<SharedArrayBuffer> | undefined = any[2];
    assert.equal(cast, wasm);
  });
});

test('locate gives the bytes on each node; what was never touched is on none', LIMIT, async () => {
  const nodes = [
    { id: 3, numaNode: 0 },
    { id: 8, numaNode: 0 },
  ];
  await withFerry({ nodes }, async (ferry) => {
    const buffer = untouchedBuffer(40 * MIB);
    const region = ferry.adopt(buffer);
    assert.deepEqual(await region.locate(), new Map());
    const [{ offset, length } = { offset: 0, length: 0 }] = region.migratable;
    new Uint8Array(buffer, offset, length - 16 * PAGE).fill(1);
    assert.deepEqual(await region.locate(), new Map([[3, length - 16 * PAGE]]));
    await region.migrate({ to: 8, offset, length: 5 * PAGE });
    assert.deepEqual(
      await region.locate(),
      new Map([
        [3, length - 21 * PAGE],
        [8, 5 * PAGE],
      ]),
    );
    await region.release();
    await assert.rejects(region.locate(), { code: 'EINVAL', argument: 'region' });
  });
});
