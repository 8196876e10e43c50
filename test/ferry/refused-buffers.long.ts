import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, MIB, refusal, withFerry } from './support/fixture.js';
import { refused } from './support/refused-buffers-scenes.js';
import { wasmMemory } from './support/wasm.js';

test('of a view over shared memory the buffer is asked for', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    const shared = new SharedArrayBuffer(MIB);
    for (const view of [new Uint8Array(shared), new Float64Array(shared), new DataView(shared)]) {
      assert.match(refused(ferry, view).advice!, /Pass the \.buffer/);
    }
  });
});

// Two regions over the same pages would each let go of what the other is moving.
test('the same memory under another name is refused with EBUSY', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    const buffer = new SharedArrayBuffer(MIB);
    ferry.adopt(buffer);
    assert.throws(() => ferry.adopt(structuredClone(buffer)), refusal('EBUSY', 'buffer'));
  });
});

test('the buffer of a shared WebAssembly.Memory that is adopted is refused with EBUSY', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    const memory = wasmMemory({ initial: 16, maximum: 32, shared: true });
    ferry.adopt(memory);
    assert.throws(() => ferry.adopt(memory.buffer as SharedArrayBuffer), refusal('EBUSY', 'buffer'));
  });
});

test('an option that adopt and allocate do not know is refused by name', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    const options = { foliosize: 4096 } as object;
    const refusedByName = refusal('EINVAL', 'options.foliosize');
    assert.throws(() => ferry.adopt(new SharedArrayBuffer(MIB), options), refusedByName);
    assert.throws(() => ferry.allocate(MIB, options), refusedByName);
  });
});

test('options of adopt and allocate that are no object are refused', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    for (const options of [null, 4096, 'huge'] as unknown as object[]) {
      assert.throws(() => ferry.adopt(new SharedArrayBuffer(MIB), options), refusal('EINVAL', 'options'));
      assert.throws(() => ferry.allocate(MIB, options), refusal('EINVAL', 'options'));
    }
  });
});
