import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADVICE } from '../../src/heat/advice.js';
import { counts, FAST, said } from './support/advise-scenes.js';
import { assertContent, fill } from './support/content.js';
import { LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { WASM_PAGE, wasmMemory } from './support/wasm.js';

test('it outlives migrations and watches, and not the content or the region', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const memory = new SharedArrayBuffer(2 * MIB);
    fill(memory);
    const region = ferry.adopt(memory);
    const { offset, length } = region.migratable[0]!;
    const pages = length / PAGE;
    await region.advise(0, region.bytes, 'hot');
    await region.migrate({ to: 1 });
    assert.deepEqual(counts(await said(region)), { hot: pages });
    for await (const { snapshot } of region.heat({ ...FAST, unitBytes: 2 * MIB, halfLifeMs: 100 })) {
      assert.deepEqual([...snapshot.advice], [ADVICE.hot]);
      break;
    }
    assertContent(memory);
    await region.advise(offset + 3 * PAGE + 5, 3 * PAGE, 'dead');
    // Whole pages are gone, and those in part are not.
    assert.deepEqual((await said(region)).slice(2, 8), ['hot', 'hot', 'none', 'none', 'hot', 'hot']);
    await region.release();
    const again = ferry.adopt(memory);
    assert.deepEqual(counts(await said(again)), { none: pages });
  });
});

test('it says nothing of pages by which the memory grows', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const memory = wasmMemory({ initial: 4, maximum: 16, shared: true });
    const region = ferry.adopt(memory);
    await region.advise(0, 4 * WASM_PAGE, 'hot');
    memory.grow(4);
    await region.advise(6 * WASM_PAGE, WASM_PAGE, 'cold');
    const words = await said(region);
    const each = WASM_PAGE / PAGE;
    assert.deepEqual(counts(words), { hot: 4 * each, none: 3 * each, cold: each });
    assert.deepEqual([words[4 * each], words[6 * each]], ['none', 'cold']);
  });
});
