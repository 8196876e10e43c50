import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADVICE, ADVICE_NAMES, type AdviceName } from '../../src/heat/advice.js';
import type { Region } from '../../src/index.js';
import { assertContent, fill } from './support/content.js';
import { LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { WASM_PAGE, wasmMemory } from './support/wasm.js';

const FAST = { intervalMs: 10, cpuShare: 1, stallShare: 1 } as const;

/** What the records say that the program has said of each page of a region. */
async function said(region: Region): Promise<AdviceName[]> {
  for await (const { snapshot } of region.heat({ ...FAST, unitBytes: PAGE })) {
    return Array.from(snapshot.advice, (word) => ADVICE_NAMES[word]!);
  }
  return assert.fail('the watch has ended');
}

function counts(words: readonly AdviceName[]): Partial<Record<AdviceName, number>> {
  const found: Partial<Record<AdviceName, number>> = {};
  for (const word of words) found[word] = (found[word] ?? 0) + 1;
  return found;
}

test('the program says hot, cold and warm: the records have it, page by page', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const memory = new SharedArrayBuffer(4 * MIB);
    fill(memory);
    const region = ferry.adopt(memory);
    const { offset } = region.migratable[0]!;
    // Before anybody watches.
    await region.advise(offset + 10 * PAGE, 4 * PAGE, 'hot');
    const before = await said(region);
    assert.deepEqual(counts(before), { none: before.length - 4, hot: 4 });
    assert.ok(before.slice(10, 14).every((word) => word === 'hot'));
    // During a watch. A page with one byte in the part counts.
    await region.advise(offset + 13 * PAGE + 1, PAGE, 'cold');
    assert.deepEqual((await said(region)).slice(9, 16), [
      'none',
      'hot',
      'hot',
      'hot',
      'cold',
      'cold',
      'none',
    ]);
    await region.advise(offset + 11 * PAGE, PAGE, 'warm');
    assert.deepEqual((await said(region)).slice(10, 13), ['hot', 'none', 'hot']);
    await region.advise(0, region.bytes, 'cold');
    assert.deepEqual(counts(await said(region)), { cold: before.length });
    await region.advise(0, 0, 'hot');
    assert.deepEqual(counts(await said(region)), { cold: before.length });
    assertContent(memory);
  });
});

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
