import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WasmMemory } from '../../src/index.js';
import { Heaps } from './heaps.js';

interface Module {
  readonly exports: { readonly memory: WasmMemory };
}
interface WebAssemblyNamespace {
  readonly Memory: new (descriptor: object) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => Module;
  instantiate(bytes: Uint8Array): Promise<{ readonly instance: Module }>;
}

/** A module that has a memory of one page and exports it as `memory`. */
const EXPORTS_MEMORY = Uint8Array.from(
  Buffer.from('0061736d010000000503010001070a01066d656d6f72790200', 'hex'),
);

test('every memory is found, however it is made, and its growth', async () => {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyNamespace };
  const heaps = Heaps.watch();
  const made: WasmMemory[] = [];
  const grown: WasmMemory[] = [];
  heaps.listener = { made: (memory) => made.push(memory), grown: (memory) => grown.push(memory) };
  const own = new WebAssembly.Memory({ initial: 1, maximum: 4 });
  const shared = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true });
  const module = new WebAssembly.Module(EXPORTS_MEMORY);
  const { memory } = new WebAssembly.Instance(module).exports;
  const { instance } = await WebAssembly.instantiate(EXPORTS_MEMORY);
  const all = [own, shared, memory, instance.exports.memory];
  assert.deepEqual(made, all);
  assert.deepEqual(heaps.live(), all);
  assert.ok(all.every((each) => each instanceof WebAssembly.Memory));
  assert.equal(shared.grow(2), 1);
  assert.equal(shared.buffer.byteLength, 3 * 65536);
  assert.deepEqual(grown, [shared]);
});
