/** Adopts memory weakly, drops it, and reports what is left. Needs --expose-gc. */
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { MigrationError, openFerry, type Region, type WasmMemory } from '../../../../src/index.js';
import { adoptInstance, adoptMemories } from '../../../../src/wasm.js';

interface Api {
  readonly Memory: new (descriptor: object) => WasmMemory;
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: Api };
const MIB = 2 ** 20;
// Calls of this ferry would not.
const alive = globalThis.setInterval(() => undefined, 1000);
const ferry = await openFerry({ keepAlive: false });

function adoptOne(make: () => SharedArrayBuffer | WasmMemory): Region {
  return ferry.adopt(make(), { reference: 'weak' });
}

/** Waits until a region is released, which a collection of garbage brings about. */
async function released(region: Region): Promise<void> {
  while (!region.released) {
    await setTimeout(20);
    globalThis.gc!();
  }
}

const makers = {
  shared: () => {
    const memory = new SharedArrayBuffer(4 * MIB);
    new Uint8Array(memory).fill(1);
    return memory;
  },
  unshared: () => {
    const memory = new WebAssembly.Memory({ initial: 64, maximum: 256 });
    new Uint8Array(memory.buffer).fill(1);
    return memory;
  },
};
for (const [name, make] of Object.entries(makers)) {
  const region = adoptOne(make);
  const { foliosFailed, bytesMoved } = await region.migrate({ to: ferry.nodeIds[1]! });
  assert.deepEqual([foliosFailed, bytesMoved > 0], [0, true], name);
  await released(region);
  assert.equal(region.buffers.length, 0, name);
  assert.throws(() => region.buffer, /the memory was freed/, name);
  await assert.rejects(region.migrate({ to: 1 }), (error) => error instanceof MigrationError, name);
}
assert.equal(ferry.regions.length, 0);

// A strong reference keeps it.
const kept = ferry.adopt(makers.shared());
globalThis.gc!();
await setTimeout(100);
globalThis.gc!();
assert.equal(kept.released, false);
assert.throws(
  () => ferry.adopt(makers.shared(), { reference: 'loose' as never }),
  /options.reference: must be/,
);

const memories = adoptMemories(ferry, { minBytes: 8 * MIB });
const small = new SharedArrayBuffer(4 * MIB);
const large = new SharedArrayBuffer(8 * MIB);
const grown = new WebAssembly.Memory({ initial: 1, maximum: 256 });
grown.grow(127);
assert.deepEqual(memories.adopted, { count: 2, bytes: 16 * MIB });
memories.stop();
const late = new SharedArrayBuffer(8 * MIB);
assert.deepEqual([memories.adopted.count, memories.refused], [2, []]);
assert.equal(ferry.regions.length, 3);
assert.throws(() => adoptMemories(ferry, { minBytes: 1 }), /options.minBytes/);
assert.throws(() => adoptMemories({} as never), /ferry: must be a ferry/);

const instance = { exports: { memory: makers.unshared(), again: grown, table: {}, value: 1 } };
const regions = adoptInstance(ferry, instance);
assert.deepEqual(
  regions.map(({ bytes }) => bytes),
  [4 * MIB],
);
assert.throws(() => adoptInstance(ferry, {} as never), /instance: must be a WebAssembly.Instance/);
await ferry.close();
console.log(
  'held',
  small.byteLength + large.byteLength + late.byteLength + instance.exports.memory.buffer.byteLength,
);

// A call in progress does not keep the process alive.
const other = await openFerry({ keepAlive: false });
clearInterval(alive);
void other
  .adopt(new SharedArrayBuffer(64 * MIB))
  .heat({ intervalMs: 60_000 })
  .next();
